"""Strategies for Hypothesis: whole stories, worlds and credences of one, circuits."""
