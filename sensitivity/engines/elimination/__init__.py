"""The engine by variable elimination: arithmetic circuits of what has no diagram."""
