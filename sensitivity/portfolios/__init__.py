"""Many stories, or one with many values of its numbers, as one labelled dataset."""
