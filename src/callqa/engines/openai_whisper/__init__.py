"""The `whisper` engine: OpenAI's model on PyTorch, decoding several windows at a time."""
