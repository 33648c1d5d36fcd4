"""A call as the customer heard it, for the agent who made it."""
