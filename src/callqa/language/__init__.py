"""Words as they are spoken: normalised text, and the phrases that are looked for in it."""
