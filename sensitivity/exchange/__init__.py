"""Stories from the files of other tools, and stories as such files."""
