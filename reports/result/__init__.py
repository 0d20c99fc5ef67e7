"""The result of a run, as text and JSON."""
