"""Properties: what must be true of a story's answers, judged."""
