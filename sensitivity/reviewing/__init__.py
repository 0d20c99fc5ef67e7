"""Reviews: how a story is judged in a pull request."""
