"""The one error of the expression language, and how its messages quote what the author wrote."""

LONGEST_QUOTE = 60


class ExpressionError(ValueError):
    """What is wrong in an expression: `message`, the offset `at` where it is, and what would be right.

    `at` counts characters from 0; `len(text)` stands for the end. `fix` is None where no mend is known.
    """

    def __init__(self, message: str, at: int, fix: str | None = None) -> None:
        super().__init__(message, at, fix)
        self.message = message
        self.at = at
        self.fix = fix

    def __str__(self) -> str:
        return self.message if self.fix is None else f"{self.message} ({self.fix})"


def quoted(text: str) -> str:
    """The text in backticks; long texts are cut, and what cannot be printed is shown as its code."""
    cut = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return "`" + "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in cut) + "`"
