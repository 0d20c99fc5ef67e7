"""Tests of the story format."""
