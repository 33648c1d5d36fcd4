from __future__ import annotations

from support.cli_runs import Cli


def test_a_line_is_tried_without_a_call(callqa: Cli) -> None:
    done = callqa("rubric", "try", "customer: My order never came.", "I'm so sorry about that. \x1b[2J")
    assert done.status == 0
    customer, complaint, agent, apology = done.out.splitlines()[:4]
    assert customer == "customer: My order never came."
    assert complaint.startswith("  complaint “")
    assert agent.startswith("agent: I'm so sorry about that.")
    assert apology.startswith("  apology “")
    assert "confidence" in apology
    assert "\x1b" not in done.out


def test_nothing_is_an_answer(callqa: Cli) -> None:
    assert "nothing found (" in callqa("rubric", "try", "The depot is in Leeds.").out


def test_the_behaviors_are_listed_with_whose_they_are(callqa: Cli) -> None:
    lines = callqa("rubric", "behaviors").out.splitlines()
    assert any(line.split()[:2] == ["complaint", "customer"] for line in lines)
    assert any(line.split()[:2] == ["apology", "agent"] for line in lines)


def test_an_unknown_rubric_is_told(callqa: Cli) -> None:
    assert callqa("rubric", "try", "Hello.", "--rubric", "suport").status == 2
