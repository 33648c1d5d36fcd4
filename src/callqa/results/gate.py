"""The gate of a nightly run: one rule everyone can read, met or not."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from callqa.results.summary import RunSummary
from callqa.scoring.scorecard import CallResult

FailOn = Literal["auto-fail", "critical", "review", "any"]
FAIL_ON: tuple[FailOn, ...] = ("auto-fail", "critical", "review", "any")


@dataclass(frozen=True)
class Gate:
    """The rules of a gate: a least mean score, and findings no call may have."""

    fail_under: float | None = None
    fail_on: tuple[FailOn, ...] = ()
    allow_provisional: bool = False

    @property
    def asked(self) -> bool:
        """True if there is any rule."""
        return self.fail_under is not None or bool(self.fail_on)


@dataclass(frozen=True)
class GateResult:
    """The decision: `met`, `complete` if every call counted, and a sentence that names the deciding rule."""

    met: bool
    complete: bool
    sentence: str


def decide(gate: Gate, run: RunSummary) -> GateResult:
    """Decide whether a run meets its gate.

    Provisional calls are left out and make the result incomplete, unless the gate allows them. It is also incomplete if
    no call counts.
    """
    counted = _counted(gate, run)
    no_mean = gate.fail_under is not None and all(call.score is None for call in counted)
    complete = bool(counted) and len(counted) == run.coverage.found and not run.interrupted and not no_mean
    missed = _missed(gate, run)
    if missed is not None:
        return GateResult(False, complete, f"Gate not met: {missed}.")
    if not complete:
        return GateResult(True, False, f"Gate not decided: {_missing(run, run.coverage.scored - len(counted))}.")
    return GateResult(True, True, f"Gate met: {_rules(gate)}.")


def _missed(gate: Gate, run: RunSummary) -> str | None:
    calls = _counted(gate, run)
    for rule in gate.fail_on:
        breaking = [call for call in calls if _breaks(rule, call)]
        if breaking:
            first = f"first {breaking[0].path}" if len(breaking) > 1 else breaking[0].path
            return f"--fail-on {rule}, and {_calls(len(breaking))} {_has(rule, len(breaking))} ({first})"
    return below(gate, run)


def below(gate: Gate, run: RunSummary) -> str | None:
    """Return why the run is below the least mean score; None if it is not, or if the gate has no least score."""
    calls = _counted(gate, run)
    scores = [call.score for call in calls if call.score is not None]
    if gate.fail_under is not None and scores:
        # Rounded as reports show it: nobody should read "under 80, and the mean is 80.0".
        mean = round(fmean(scores), 1)
        if mean < gate.fail_under:
            # Reports show the mean including provisional calls; the sentence explains why this mean differs.
            what = _calls(len(scores))
            if len(calls) < run.coverage.scored:
                what = f"the {what} that {'is' if len(scores) == 1 else 'are'} not provisional"
            return f"--fail-under {gate.fail_under:g}, and the mean score of {what} is {mean:.1f}"
    return None


def broken_rule(gate: Gate, call: CallResult) -> FailOn | None:
    """Return the first rule of the gate that a scored call breaks; None if it breaks none."""
    return next((rule for rule in gate.fail_on if _breaks(rule, call)), None)


def _counted(gate: Gate, run: RunSummary) -> list[CallResult]:
    """Return the scored calls that count for the gate."""
    scored = (call for call in run.calls if call.status == "scored")
    return [call for call in scored if gate.allow_provisional or not call.provisional]


def _breaks(rule: FailOn, call: CallResult) -> bool:
    if rule == "auto-fail":
        return call.auto_failed
    if rule == "critical":
        return call.critical_misses > 0
    if rule == "review":
        return call.to_review > 0
    return any(criterion.verdict in ("fail", "review") for criterion in call.criteria)


def _has(rule: FailOn, count: int) -> str:
    has = "has" if count == 1 else "have"
    what = {
        "auto-fail": "an auto-fail",
        "critical": "a critical miss",
        "review": "a criterion to review",
        "any": "a failed criterion or one to review",
    }
    return f"{has} {what[rule]}"


def _missing(run: RunSummary, provisional: int) -> str:
    parts = []
    if run.interrupted:
        parts.append("the run was interrupted")
    if run.coverage.failed:
        parts.append(f"{_calls(run.coverage.failed)} could not be processed")
    if run.coverage.unscorable:
        parts.append(f"{_calls(run.coverage.unscorable)} could not be scored")
    if provisional:
        parts.append(
            f"{_calls(provisional)} {'is' if provisional == 1 else 'are'} only provisional"
            " (--allow-provisional counts them as well)"
        )
    return ", ".join(parts) or "no call has a score"


def _rules(gate: Gate) -> str:
    rules = [f"no call breaks --fail-on {rule}" for rule in gate.fail_on]
    if gate.fail_under is not None:
        rules.append(f"the mean score is at least {gate.fail_under:g}")
    return " and ".join(rules)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
