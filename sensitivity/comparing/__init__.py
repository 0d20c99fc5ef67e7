"""Compare two versions of a story: what changed, and what each change moves."""
