"""Results in Python and in notebooks: probabilities, rankings and summaries."""
