"""The page: results as one HTML file that asks nothing of any network and reads without scripts."""
