"""Results in Python and in a notebook: probabilities, rankings and summaries as one reads them."""
