"""Printers: every intermediate form as text, and the graph as a drawing."""
