"""The author's world: the story format, read and checked."""
