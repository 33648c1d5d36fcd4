"""How far verdicts and transcripts can be relied on: calibration against people, samples, recognition checks."""
