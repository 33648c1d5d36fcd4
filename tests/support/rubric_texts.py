"""A small rubric and the two behaviors that stand for the shipped ones."""

from __future__ import annotations

import json

WAVE = """\
format: 1
behavior: wave
title: Waves
about: Waving.
speaker: customer
phrases: [hello there]
exceptions: [not hello there]
"""
SORRY = "format: 1\nbehavior: sorry\nphrases: [so sorry]\n"
CUES = "format: 1\nagent: [this is the desk]\ncustomer: [I have a problem]\nvoicemail: [leave a message]\n"
DESK = """\
format: 1
name: desk
criteria:
  - id: waves
    title: Waves
    expect: {behavior: wave}
tests:
  - name: a wave
    call: ["agent: Hello there."]
    expect: {waves: pass}
"""


def model_text(behavior: str = "wave", version: str = "1") -> str:
    """The text of a model that knows one word of one behavior."""
    part = {"bias": 0, "slope": 1, "offset": 0, "runs": {"ahoy": 5.0}}
    return json.dumps({"format": 2, "version": version, "kinds": {}, "behaviors": {behavior: part}})
