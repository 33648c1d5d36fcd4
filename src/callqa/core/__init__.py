"""Building blocks that know nothing of calls: time, text, files and statistics."""
