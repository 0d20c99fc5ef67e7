"""Minimal cut sets and violation sets, from diagrams and from sampled worlds."""
