"""The rubric author's bench: lint, tests, and the difference between two rubrics."""
