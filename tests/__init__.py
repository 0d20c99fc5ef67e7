"""Tests of sensa, and the slow oracles they lean on."""
