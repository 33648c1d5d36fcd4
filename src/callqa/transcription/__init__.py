"""From recordings to raw transcripts: speech is found, recognised, checked and cached."""
