"""Reviews: stories judged as in a pull request."""
