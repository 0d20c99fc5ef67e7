"""How many rows elimination may use, alone or beside diagrams, and how long beside them."""

ROW_BUDGET = 20_000_000  # some 3 GB and 40 s; and
ROWS_PER_NODE = 5  # for each diagram node of a budget, of which
MAX_TRIED_ROWS = 6_000_000  # beside diagrams: some 1 GB and 5 s
MAX_TRYING_SECONDS = 20.0  # for parts without a diagram: a safety net too, since rows bound the work


def row_budget(nodes: int) -> int:
    """The budget of rows for a budget of diagram nodes."""
    return min(ROW_BUDGET, ROWS_PER_NODE * nodes)


def tried_row_budget(nodes: int) -> int:
    """The same beside diagrams."""
    return min(MAX_TRIED_ROWS, row_budget(nodes))
