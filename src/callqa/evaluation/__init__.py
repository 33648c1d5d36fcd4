"""Checking verdicts and transcripts: calibration against people, samples to listen to, recognition checks."""
