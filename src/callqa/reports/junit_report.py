"""The results as JUnit XML, so that a CI server shows calls as it shows tests: a suite per agent, a case per call.

There is no official standard; this is the part that the common consumers share, valid against the schema of Jenkins'
xUnit plugin ("junit-10.xsd"). A case is

- a **failure** if the call breaks a rule of the gate (`--fail-on`), or, without a gate, if it does not pass by its
  rubric: below the pass mark, or auto-failed. The message is the moment that decided;
- **skipped** if it could not be scored, if nothing in it could be decided, or if it is only provisional, unless
  provisional calls are allowed: a verdict nobody should rely on must not fail a build;
- an **error** if the recording could not be processed.

The gate is about all calls together and has a case of its own, in the suite `gate`: a failure if the mean score is
below `--fail-under`, and an **error** if the gate could not be decided, so that nobody mistakes silence for success.
`time` is the length of the recording in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO
from xml.etree import ElementTree as ET

from callqa.core.durations import clock
from callqa.core.text import printable, valid_utf8
from callqa.reports.priorities import listen_first, reason_of
from callqa.reports.wording import label, rubric_name
from callqa.results.gate import Gate, below, broken_rule, decide
from callqa.results.summary import RunSummary
from callqa.scoring.scorecard import CallResult, CriterionResult, Evidence

GATE_SUITE = "gate"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Not a Char of XML 1.0 (section 2.2)."""


class JunitReport:
    """Writes the results as JUnit XML; `gate` decides which calls are failures."""

    file_encoding = "utf-8"

    def __init__(self, gate: Gate | None = None):
        self.gate = gate or Gate()

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report."""
        root = ET.Element("testsuites", name=_clean(f"callqa {rubric_name(run.rubric)}"))
        for agent in run.agents:
            suite = ET.SubElement(root, "testsuite", name=_clean(agent.agent))
            mine = [call for call in run.calls if call.agent == agent.agent]
            for call in mine:
                self._add_case(suite, call)
            _count(suite, sum(call.duration or 0.0 for call in mine))
        if self.gate.asked:
            self._add_gate(root, run)
        _count(root, run.audio_seconds)
        ET.indent(root, " ")
        # Declared by hand: the stream, not ElementTree, does the encoding.
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n")

    def _add_case(self, suite: ET.Element, call: CallResult) -> None:
        name = _clean(call.call_id or call.path)
        case = ET.SubElement(suite, "testcase", classname=_clean(call.agent), name=name, time=_time(call.duration))
        if call.status == "failed":
            _outcome(case, "error", "not processed", call.reason or "no reason given", call.path)
        elif call.status == "unscorable":
            _outcome(case, "skipped", call.reason_kind or "not scorable", call.reason or "no reason given")
        else:
            self._add_verdict(case, call)
            output = ET.SubElement(case, "system-out")
            output.text = _clean_lines(_scorecard(call))

    def _add_verdict(self, case: ET.Element, call: CallResult) -> None:
        if call.provisional and not self.gate.allow_provisional:
            message = f"provisional: the transcript is too poor to rely on (score {_score(call)})"
            _outcome(case, "skipped", "provisional", message)
            return
        kind = self._failure(call)
        if kind:
            message, lines = _deciding(call)
            _outcome(case, "failure", kind, message, *lines)
        elif call.score is None:
            _outcome(case, "skipped", "nothing decided", "no criterion with a weight could be decided")

    def _failure(self, call: CallResult) -> str | None:
        """Return what makes the call a failure, in a few words; None if nothing does."""
        if self.gate.asked:
            return broken_rule(self.gate, call)
        if call.auto_failed:
            return "auto-fail"
        return "below the pass mark" if call.passed is False else None

    def _add_gate(self, root: ET.Element, run: RunSummary) -> None:
        suite = ET.SubElement(root, "testsuite", name=GATE_SUITE)
        least = self.gate.fail_under
        name = "decided" if least is None else f"mean score at least {least:g}"
        case = ET.SubElement(suite, "testcase", classname=GATE_SUITE, name=name, time=_time(None))
        missed, decided = below(self.gate, run), decide(self.gate, run)
        if missed:
            _outcome(case, "failure", "fail-under", missed)
        elif decided.met and not decided.complete:
            _outcome(case, "error", "not decided", decided.sentence)
        _count(suite, 0.0)


def _outcome(case: ET.Element, tag: str, kind: str, message: str, *lines: str) -> None:
    element = ET.SubElement(case, tag, type=_clean(kind), message=_clean(message))
    if lines:
        element.text = _clean_lines(lines)


def _deciding(call: CallResult) -> tuple[str, list[str]]:
    """Return the most serious miss in one line, and all evidence of misses and of what needs a person."""
    wrong = [criterion for criterion in call.criteria if criterion.verdict in ("fail", "review")]
    found = listen_first([call])
    worst = found[0].criterion if found else next(iter(wrong), None)
    lines = [call.path]
    shown: set[str] = set()
    for criterion in sorted(wrong, key=lambda one: one is not worst):
        moments = dict.fromkeys(f"- {_at(one)} {one.speaker}: “{one.quote}”" for one in criterion.evidence)
        # One complaint may have called for several things: every reason names it, and its line is shown once.
        lines += [f"{_named(criterion)}: {reason_of(criterion)}", *(one for one in moments if one not in shown)]
        shown.update(moments)
    what = f"{label(worst.id)}: {reason_of(worst)} " if worst else ""
    return f"{what}(score {_score(call)})", lines


def _at(evidence: Evidence) -> str:
    return f"line {evidence.utterance + 1}" if evidence.start is None else clock(max(0.0, evidence.start))


def _scorecard(call: CallResult) -> list[str]:
    lines = [f"{call.path}: score {_score(call)}{', provisional' if call.provisional else ''}"]
    return lines + [f"{_named(criterion)}: {reason_of(criterion)}" for criterion in call.criteria]


def _named(criterion: CriterionResult) -> str:
    auto = " (auto-fail)" if criterion.auto_fail and criterion.verdict == "fail" else ""
    return f"{label(criterion.id)}: {criterion.verdict}{auto}"


def _score(call: CallResult) -> str:
    return "none" if call.score is None else f"{call.score:g}"


def _count(element: ET.Element, seconds: float) -> None:
    """Set the counts of a suite, or of all suites, from the cases in it."""
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("errors", str(len(list(element.iter("error")))))
    if element.tag == "testsuite":
        element.set("skipped", str(len(list(element.iter("skipped")))))
    element.set("time", _time(seconds))


def _time(seconds: float | None) -> str:
    """Return seconds to the millisecond, without the commas that the schema refuses."""
    return f"{seconds or 0.0:.3f}"


def _clean(text: str) -> str:
    return _NO_XML.sub("", printable(valid_utf8(text)))


def _clean_lines(lines: Sequence[str]) -> str:
    return "\n".join(_clean(line).rstrip() for line in lines)
