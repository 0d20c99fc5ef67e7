"""The engine that samples worlds."""
