"""callqa: listens to recorded support calls and judges them against a rubric, with evidence."""

__version__ = "0.1.0"
