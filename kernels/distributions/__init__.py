"""Distributions: quantile functions accurate in both tails, pools and extrapolations."""
