"""The `whisper` engine: OpenAI's model on PyTorch, decoded in batches."""
