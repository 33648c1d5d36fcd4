"""Names of speakers: which role a name tells, and what before a colon is a name at all."""

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
    \s{0,4} [:：] (?P<apart> \s | $ )?
    """,
    re.VERBOSE,
)
_MOST_WORDS = 4
_SHARE = 0.2
"""Part of all lines that names must begin to be believed, where not every line has one."""


@dataclass(frozen=True)
class LabelledLine:
    """A line of text split at the colon after its first words."""

    label: str
    text: str
    time: str | None = None
    """A time of day or of the call in brackets after the label, as written."""


def role_of(label: str) -> Speaker | None:
    """The role a name tells: "Agent 1", "Customer Service Rep", "caller"; None for a name like any other.

    "unknown" is told by names that name nobody, such as "Speaker". The last word decides, as the head of an
    English compound, and otherwise the first ("Agent Maria").
    """
    words = re.findall(r"[^\W\d_]+", label.casefold())
    if " ".join(words) in en.UNNAMED_LABELS:
        return None if re.search(r"\d", label) else "unknown"
    for word in [*words[-1:], *words[:1]] if len(words) <= _MOST_WORDS else []:
        if word in en.AGENT_LABELS:
            return "agent"
        if word in en.CUSTOMER_LABELS:
            return "customer"
    return None


def resolve(label: str | None, agent: str | None = None) -> tuple[Speaker, str | None]:
    """The role and the label of a line that carries this name, in a call whose agent has the name `agent`."""
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
    if not re.search(r"[^\W\d_]", label) or len(label.split()) > _MOST_WORDS:
        return None
    if match["apart"] is None and role_of(label) is None:  # 10:30, or an address
        return None
    return LabelledLine(label, line[match.end() :].strip(), match["time"])


def names_in(labels: Sequence[str | None], *, sure: Iterable[str] = (), doubt_roles: bool = False) -> frozenset[str]:
    """Return the labels that are speakers, casefolded, given the label of each line in order (None: it has none).

    Speakers are told by a role, by a name that comes back, or by being in `sure`; names must begin a fair share of
    the lines, and with `doubt_roles` so must roles ("Customer service: …" said once in a long call). From the
    first such line on, whatever else looks like a name is one too, because words kept from their speaker are a
    smaller harm than words given to another. Where every line has a label, all of them are speakers.
    """
    counts = Counter(label.casefold() for label in labels if label is not None)
    roles = {label for label in counts if role_of(label) is not None}
    names = {label.casefold() for label in labels if label and _comes_back(label, counts)}
    if sum(counts[label] for label in roles | names) < _SHARE * len(labels):
        names = set()
        roles = set() if doubt_roles else roles
    found = roles | names | {label.casefold() for label in sure}
    first = next((index for index, label in enumerate(labels) if label and label.casefold() in found), 0)
    rest = labels[first:]
    if None not in rest:
        return frozenset(label.casefold() for label in rest if label)
    also = {label.casefold() for label in rest if label and _like_a_name(label)} if found else set()
    return frozenset(found | also)


def _comes_back(label: str, counts: Mapping[str, int]) -> bool:
    return counts[label.casefold()] > 1 and (len(label.split()) == 1 or _like_a_name(label))


def _like_a_name(label: str) -> bool:
    words = label.split()
    return words[-1].isdigit() or not any(word[0].islower() for word in words)
