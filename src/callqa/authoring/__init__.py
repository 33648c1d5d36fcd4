"""Tools for authors of rubrics: lint, tests, and the differences between two rubrics."""
