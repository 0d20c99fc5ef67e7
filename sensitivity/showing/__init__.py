"""Printers: all intermediate forms as text, and the graph as a drawing."""
