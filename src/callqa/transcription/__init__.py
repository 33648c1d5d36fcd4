"""Transcription of recordings: speech is found, recognised, checked and cached."""
