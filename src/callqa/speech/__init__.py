"""Voice activity detection and diarization: where there is speech in a recording, and whose voice it is."""
