"""Verdicts: conditions and measures, the criteria made of them, and the scorecard."""
