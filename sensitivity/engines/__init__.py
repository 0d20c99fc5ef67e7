"""Engines: what answers the questions that analyses ask of a circuit."""
