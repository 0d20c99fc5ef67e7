"""Hypothesis: the same examples in every ordinary run, others with `--hypothesis-profile=random`."""

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)  # machines may be busy
settings.register_profile("random", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("same")
