"""Results of runs, as text and JSON."""
