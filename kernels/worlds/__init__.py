"""Sampled worlds, 64 a word: random bits, coins, gates, and counts."""
