"""Results of runs as reports get them, made by hand: no audio, no recognition, the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callqa.conversation.metrics import Metrics
from callqa.results.rubric_snapshot import RubricSnapshot, snapshot_of
from callqa.results.summary import RunSummary, summarise
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_schema import Criterion, Rubric, RubricFile
from callqa.scoring.scorecard import CallResult, CriterionResult, Evidence, score_of

SHA256 = "a41f0c" + "5e" * 29

SUPPORT: list[dict[str, Any]] = [
    {"id": "greeting", "title": "Greets the caller", "weight": 20, "expect": {"say": "hello"}},
    {
        "id": "apology",
        "title": "Apologises when the customer has a problem",
        "weight": 25,
        "when": {"say": "broken"},
        "expect": {"say": "sorry"},
    },
    {
        "id": "make_it_right",
        "title": "Offers to make it right",
        "weight": 35,
        "when": {"say": "broken"},
        "expect": {"say": "replace it"},
    },
    {
        "id": "no_arguing",
        "title": "Never argues with or blames the customer",
        "weight": 20,
        "auto_fail": True,
        "forbid": {"say": "your own fault"},
    },
]


def rubric(criteria: Sequence[dict[str, Any]] = SUPPORT, name: str = "support") -> Rubric:
    """A rubric of these criteria."""
    file = RubricFile.model_validate({"format": 1, "name": name, "criteria": list(criteria)})
    return Rubric(file, {}, SHA256, f"{name}.yaml")


def evidence(start: float | None, quote: str, part: Any = "answer", **more: Any) -> Evidence:
    """Something the agent said, unless `more` says otherwise."""
    values: dict[str, Any] = {
        "utterance": 4,
        "speaker": "agent",
        "start": start,
        "end": None if start is None else start + 2.5,
        "quote": quote,
        "behavior": "apology",
        "rule": "sorry",
        "part": part,
    }
    return Evidence(**{**values, **more})


def criteria(verdicts: str, of: Rubric, **told: CriterionResult) -> tuple[CriterionResult, ...]:
    """One result per criterion from letters: p(ass), f(ail), n(a), r(eview); `told` gives one in full by its id."""
    names: dict[str, Verdict] = {"p": "pass", "f": "fail", "n": "na", "r": "review"}
    results = []
    for letter, criterion in zip(verdicts, of.criteria, strict=True):
        reason, moments = _usual(letter, criterion)
        result = CriterionResult(
            id=criterion.id,
            title=criterion.title,
            verdict=names[letter],
            weight=criterion.weight,
            reason=reason,
            evidence=moments,
            searched=4,
            auto_fail=criterion.auto_fail,
            critical=criterion.critical,
        )
        if criterion.id in told:
            given = told[criterion.id]
            result = replace(result, reason=given.reason, evidence=given.evidence)
        results.append(result)
    return tuple(results)


def _usual(letter: str, criterion: Criterion) -> tuple[str, tuple[Evidence, ...]]:
    """The reason and the evidence a criterion usually has for a verdict."""
    if letter == "n":
        return "no complaint heard in the 6 customer lines", ()
    if criterion.forbid:
        answer = evidence(96.0, "that is your own fault", behavior="arguing", rule="your own fault")
        if letter == "p":
            return "not heard in the 4 agent lines", ()
        return f"“{answer.quote}” at 01:36{', but it was heard badly: listen to it' if letter == 'r' else ''}", (
            answer,
        )
    triggers: tuple[Evidence, ...] = ()
    answer = evidence(2.0, "hello there", utterance=0, behavior="greeting", rule="hello")
    opening, said = "", "“hello there” at 00:02"
    if criterion.when:
        words = "it is broken again"
        triggers = (
            evidence(58.4, words, "trigger", utterance=3, speaker="customer", behavior="complaint", rule="broken"),
        )
        answer = evidence(70.0, "sorry")
        opening, said = f"complaint at 00:58 “{words}”; ", "“sorry” at 01:10"
    if letter == "f":
        return f"{opening}4 agent lines searched, nothing came near", triggers
    doubt = ", but it was heard badly: listen to it" if letter == "r" else ""
    return f"{opening}{said}{doubt}", (*triggers, answer)


def told(reason: str, *moments: Evidence) -> CriterionResult:
    """The reason and the evidence of a criterion, for `criteria`."""
    return CriterionResult("", "", "fail", 0, reason, moments)


def metrics() -> Metrics:
    """Measurements of a call, without the pace of the customer."""
    return Metrics(
        agent_talk=80.2,
        customer_talk=61.0,
        silence=31.5,
        overtalk=2.2,
        interruptions_by_agent=1,
        interruptions_by_customer=0,
        agent_pace=148.0,
        customer_pace=None,
        pace_difference=None,
        dead_air=14.3,
        dead_air_agent=9.2,
        longest_dead_air=9.2,
        hold=0.0,
        holds=0,
        response_time=0.64,
        longest_response_time=2.1,
        agent_monologue=18.35,
        customer_monologue=22.0,
        first_greeting=0.0,
        first_help=3.2,
    )


def call(path: str, verdicts: str = "pppp", of: Rubric | None = None, **more: Any) -> CallResult:
    """A scored call; the folder is the agent. `more` are fields of CallResult, or criteria `told` in full."""
    of = of or rubric()
    given = {key: more.pop(key) for key in list(more) if isinstance(more[key], CriterionResult)}
    judged = criteria(verdicts, of, **given)
    score, auto_failed = score_of(judged)
    values: dict[str, Any] = {
        "call_id": path.rsplit("/", 1)[-1].rsplit(".", 1)[0],
        "path": path,
        "agent": path.split("/")[-2] if "/" in path else "unknown",
        "status": "scored",
        "duration": 281.5,
        "engine": "whisper",
        "model": "base.en",
        "score": score,
        "passed": None if score is None else score >= 80 and not auto_failed,
        "auto_failed": auto_failed,
        "criteria": judged,
        "metrics": metrics(),
    }
    return CallResult(**{**values, **more})


def unscored(path: str, status: Any, reason: str, kind: str | None = None, **more: Any) -> CallResult:
    """A call without a score, and why."""
    values: dict[str, Any] = {
        "call_id": path.rsplit("/", 1)[-1].rsplit(".", 1)[0],
        "path": path,
        "agent": path.split("/")[-2] if "/" in path else "unknown",
        "status": status,
        "reason": reason,
        "reason_kind": kind,
    }
    return CallResult(**{**values, **more})


def team_run(**more: Any) -> RunSummary:
    """A day of a team of three, as a team lead usually sees it."""
    of = rubric()
    ana = ["pnnp", "pppp", "pnnp", "pffp", "pnnp", "pppp", "pnnp", "pnnp", "ppfp", "pnnp", "pnnp", "pnnp"]
    maria = ["pnnp", "pppp", "pnnp", "pnnp", "pppp", "pnnp", "pfpp", "pnnp", "pppp", "pnnp", "prpp"]
    tom = ["fnnp", "pffp", "pnnp", "pnnp"]
    calls = [
        *(call(f"calls/ana/04{number:02}.wav", verdicts, of) for number, verdicts in enumerate(ana, start=1)),
        *(call(f"calls/maria/04{number:02}.wav", verdicts, of) for number, verdicts in enumerate(maria, start=20)),
        *(call(f"calls/tom/04{number:02}.wav", verdicts, of) for number, verdicts in enumerate(tom, start=40)),
        call(
            "calls/tom/0444.wav",
            "pfff",
            of,
            duration=190.0,
            no_arguing=told(
                "“well with respect that is your own fault” at 03:12",
                evidence(192.4, "well with respect that is your own fault", behavior="arguing"),
            ),
            notes=("both channels hold the same sound (dual-mono), so it was listened to as one",),
        ),
        call(
            "calls/tom/0445.wav",
            "pffp",
            of,
            make_it_right=told(
                "complaint at 01:05 “it never came”; 9 later agent lines searched,"
                " nearest at 02:11 “I'll make a note of that”",
                evidence(65.2, "it never came", "trigger", speaker="customer", behavior="complaint"),
                evidence(131.0, "I'll make a note of that", "nearest", behavior=None),
            ),
        ),
        unscored("calls/maria/0431.wav", "unscorable", "too short: 4.2 s, and the rubric asks for 20 s", "too short"),
        unscored("calls/tom/0446.wav", "unscorable", "an answering machine or an announcement answers", "voicemail"),
        unscored("calls/tom/0412.wav", "failed", "there is no audio in it; export it again"),
    ]
    calls.sort(key=lambda one: one.path)
    start = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)
    timed = [replace(one, started_at=start + timedelta(minutes=7 * i)) for i, one in enumerate(calls)]
    return summarise(of, timed, **more)


def small_run() -> RunSummary:
    """Three calls that between them have every status and every verdict: short enough to read as JSON."""
    of = rubric()
    apology = told(
        "complaint at 00:09 “it's broken”; “I'm so sorry” at 00:12",
        evidence(9.0, "it's broken", "trigger", speaker="customer", utterance=3, behavior="complaint", rule="broken"),
        evidence(12.0, "I'm so sorry"),
    )
    return summarise(
        of,
        [
            call(
                "calls/zoë/a17.wav",
                "rpfp",
                of,
                apology=apology,
                started_at=datetime(2024, 5, 6, 9, 30, tzinfo=UTC),
                notes=("the agent is the left channel, by the words “how can I help”",),
            ),
            unscored(
                "calls/zoë/a18.wav",
                "unscorable",
                "nobody says a word in it",
                "no speech",
                duration=12.0,
                engine="whisper",
                model="base.en",
            ),
            unscored("a19.wav", "failed", "it is empty; copy it again"),
            call("b20.json", "nnnp", of, engine="transcript", model=None, metrics=None),
        ],
        skipped=2,
    )


def provisional_run() -> RunSummary:
    """Calls transcribed by an engine too poor to rely on."""
    of = rubric()
    calls = [
        call(f"calls/ana/{n}.wav", verdicts, of, provisional=True, engine="pocketsphinx", model="en-us")
        for n, verdicts in enumerate(["prrp", "rnnp", "prrp"])
    ]
    return summarise(of, calls)


EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{7*7}}{% raw %}&amp;<!--"
"""Said, and as every name, in the run of `hostile`."""


def hostile() -> RunSummary:
    """A run with EVIL for every name and quote."""
    of = rubric()
    said = told(EVIL, evidence(2.0, EVIL, behavior=EVIL, rule=EVIL))
    return summarise(
        hostile_snapshot(of),
        [
            call(f"calls/{EVIL}/1.wav", "fffr", of, agent=EVIL, call_id=EVIL, notes=(EVIL,), greeting=said),
            call("calls/=cmd()/2.wav", "pppp", of, agent="=cmd()"),
            call("calls/x/3.wav", "pppp", of, agent="word" * 2500, call_id="w" * 10_000),
            call("calls/x/4.wav", "prpp", of, agent="שלום \u202eevil\u202c 🎧👩🏽‍💻", call_id="\x1b[31mred"),
            unscored(EVIL, "unscorable", EVIL, EVIL),
            unscored(EVIL, "failed", EVIL),
        ],
    )


def hostile_snapshot(of: Rubric) -> RubricSnapshot:
    """A rubric with EVIL for every text."""
    snapshot = snapshot_of(of)
    criteria = tuple(replace(one, title=EVIL, why=EVIL, coach=EVIL, good=(EVIL,)) for one in snapshot.criteria)
    return replace(snapshot, title=EVIL, name=EVIL, criteria=criteria)
