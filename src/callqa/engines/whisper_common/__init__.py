"""What every engine that runs a Whisper model shares."""
