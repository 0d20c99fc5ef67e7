"""The one error of the expression language."""


class ExpressionError(ValueError):
    """An error in an expression: `message`, its offset `at`, and a suggested `fix`.

    `at` counts characters from 0; the length of the text means its end. `fix` is None if no fix
    is known. `str(error)` is the message with the fix in parentheses.
    """

    def __init__(self, message: str, at: int, fix: str | None = None) -> None:
        super().__init__(message, at, fix)
        self.message = message
        self.at = at
        self.fix = fix

    def __str__(self) -> str:
        return self.message if self.fix is None else f"{self.message} ({self.fix})"
