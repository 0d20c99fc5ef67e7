"""Hypothesis strategies: whole stories, worlds and credences of a story, circuits."""
