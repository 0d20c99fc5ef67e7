"""Distributions: quantile functions right in both tails, pools and extrapolations."""
