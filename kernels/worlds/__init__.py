"""Sampled worlds, 64 per word: random bits, coins, gates and counts."""
