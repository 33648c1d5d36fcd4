"""Behaviors, which speakers show in words: their YAML files, their detection, and the classifier behind it."""
