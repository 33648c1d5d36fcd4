"""A call as a conversation: who is who, whose turn it is, events and timings."""
