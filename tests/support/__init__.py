"""Helpers that several tests share: sample calls, small models, runs of the command line."""
