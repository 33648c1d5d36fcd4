"""Rubric files: their schema, and how they are found and loaded."""
