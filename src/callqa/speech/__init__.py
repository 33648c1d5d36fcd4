"""Where there is speech in a recording, and whose voice it is."""
