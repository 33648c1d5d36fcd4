"""What speakers do in words (greeting, apology, complaint), and how it is found in a transcript."""
