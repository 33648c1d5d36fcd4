"""What was said in a call: the transcript, and the file formats it is read from and written to."""
