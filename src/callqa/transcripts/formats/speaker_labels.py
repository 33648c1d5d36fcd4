"""Labels of speakers: the role a label implies, and whether the words before a colon are a label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from callqa.language import en
from callqa.transcripts.formats.base import tidy
from callqa.transcripts.transcript import Speaker

_PREFIX = re.compile(
    r"""
    \s* (?: [-–—•] \s* | >{2,3} \s* )?                  # a dash or >> before a change of speaker
    [\[(]? (?P<label> \w [\w .,'’&/\#()-]{0,39}? ) [\])]?
    (?: \s{0,4} [\[(] (?P<time> [0-9:.,]{4,16} ) [\])] )?     # Maria (00:12):
    \s{0,4} [:：] (?P<space> \s | $ )?
    """,
    re.VERBOSE,
)
_PHONE_NUMBER = re.compile(r"[0-9][0-9 ()-]{5,}")
"""A caller without a name, as meeting services write them; a time of day has fewer digits."""

_MOST_WORDS = 4
_SHARE = 0.2
"""Least share of all lines that begin with a name for names to be accepted, if not every line has one."""


@dataclass(frozen=True)
class LabelledLine:
    """A line of text split at the colon after its first words."""

    label: str
    text: str
    time: str | None = None
    """A time of day or of the call in brackets after the label, as written."""


def role_of(label: str) -> Speaker | None:
    """Return the role a label implies ("Agent 1", "Customer Service Rep", "caller"); None for an ordinary name.

    Labels that identify nobody, such as "Speaker", imply "unknown". The last word decides, as the head of an English
    compound, and otherwise the first ("Agent Maria").
    """
    words = re.findall(r"[^\W\d_]+", label.casefold())
    if " ".join(words) in en.UNNAMED_LABELS:
        return None if re.search(r"\d", label) else "unknown"
    if is_machine(label):
        return None
    for word in [*words[-1:], *words[:1]] if len(words) <= _MOST_WORDS else []:
        if word in en.AGENT_LABELS:
            return "agent"
        if word in en.CUSTOMER_LABELS:
            return "customer"
    return None


def is_machine(label: str) -> bool:
    """Return True if a label names a machine ("Virtual Assistant", "IVR"), whose words are neither party's."""
    words = re.findall(r"[^\W\d_]+", label.casefold())
    return not en.MACHINE_LABELS.isdisjoint(words) and len(words) <= _MOST_WORDS


def resolve(label: str | None, agent: str | None = None) -> tuple[Speaker, str | None]:
    """Return the role and the label of a speaker with this name, in a call whose agent has the name `agent`."""
    name = tidy(label or "")
    if not name:
        return "unknown", None
    if agent is not None and name.casefold() == tidy(agent).casefold():
        return "agent", None
    role = role_of(name)
    return (role, None) if role is not None else ("unknown", name)


def split(line: str) -> LabelledLine | None:
    """Split a line of the form `Name: text`; None if it does not begin with up to four words and a colon."""
    match = _PREFIX.match(line)
    if match is None:
        return None
    label = tidy(match["label"])
    if not (re.search(r"[^\W\d_]", label) or _PHONE_NUMBER.fullmatch(label)) or len(label.split()) > _MOST_WORDS:
        return None
    if match["space"] is None and role_of(label) is None:  # 10:30, or an address
        return None
    return LabelledLine(label, line[match.end() :].strip(), match["time"])


def names_in(labels: Sequence[str | None], *, sure: Iterable[str] = (), doubt_roles: bool = False) -> frozenset[str]:
    """Return the labels that are speakers, casefolded, given the label of each line in order (None: it has none).

    A label is a speaker if it implies a role, recurs, or is in `sure`. Names must begin a fair share of the lines, and
    so must roles if `doubt_roles` is true ("Customer service: …" said once in a long call). After the first such line,
    anything else that looks like a name is one too, because it is worse to attribute words to the wrong speaker than
    to no known one. If every line has a label, all of them are speakers.
    """
    counts = Counter(label.casefold() for label in labels if label is not None)
    roles = {label for label in counts if role_of(label) is not None}
    names = {label.casefold() for label in labels if label and _recurs(label, counts)}
    if sum(counts[label] for label in roles | names) < _SHARE * len(labels):
        names = set()
        roles = set() if doubt_roles else roles
    found = roles | names | {label.casefold() for label in sure}
    first = next((index for index, label in enumerate(labels) if label and label.casefold() in found), 0)
    rest = labels[first:]
    if None not in rest:
        return frozenset(label.casefold() for label in rest if label)
    others = {label.casefold() for label in rest if label and _looks_like_a_name(label)} if found else set()
    return frozenset(found | others)


def _recurs(label: str, counts: Mapping[str, int]) -> bool:
    return counts[label.casefold()] > 1 and (len(label.split()) == 1 or _looks_like_a_name(label))


def _looks_like_a_name(label: str) -> bool:
    words = label.split()
    return words[-1].isdigit() or not any(word[0].islower() for word in words)
