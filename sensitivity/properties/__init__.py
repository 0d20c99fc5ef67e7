"""Properties: requirements on a story's results, judged."""
