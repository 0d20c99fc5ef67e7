"""Distributions: quantile functions accurate in both tails, pools and extrapolations.

`marginals.FAMILIES` is the table of them; how a story writes one is a row of `sensa.stories.numbers.forms`.
"""
