"""Real programs over the parameters: evaluated and bounded."""
