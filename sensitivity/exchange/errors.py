"""What cannot be carried from one format to another."""


class ExchangeError(ValueError):
    """A file that cannot be imported, or a story that cannot be exported, and why."""


MAX_BYTES = 1 << 23  # of a file that is imported
MAX_DEPTH = 100  # of elements within elements
