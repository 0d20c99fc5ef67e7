"""Numbers as a story declares them: forms, checks, canonical distributions."""
