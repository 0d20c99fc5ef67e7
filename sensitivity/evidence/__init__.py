"""Evaluation logs: what they say of how often something held, and whether a story still agrees with them."""
