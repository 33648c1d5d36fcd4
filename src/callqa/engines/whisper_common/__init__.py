"""The parts shared by the engines that run a Whisper model."""
