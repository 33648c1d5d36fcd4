"""Many recordings: tasks, and the processes that run them."""
