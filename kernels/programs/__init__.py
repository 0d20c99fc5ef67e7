"""Real programs over the parameters: evaluation and bounds."""
