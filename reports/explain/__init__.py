"""Explanations of one name of a story."""
