"""Hypothesis: the same examples in every ordinary run, others with `--hypothesis-profile=random`."""

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("random", derandomize=False, print_blob=True)
settings.load_profile("same")
