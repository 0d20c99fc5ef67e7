"""Text in lines for boxes of a drawing, which SVG does not wrap."""

MAX_LINE_CHARACTERS = 20  # that fit into a box in the widest of the usual fonts
MAX_LINES = 4
MIN_TAIL = 4  # characters of a long word that are worth putting on a line begun


def wrapped(text: str, width: int = MAX_LINE_CHARACTERS, lines: int = MAX_LINES) -> list[str]:
    """Lines of at most `width` characters, at most `lines` of them, the last one cut if need be."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        while len(word) > width:  # a word that no line holds is cut, so that it does not overflow
            room = width - len(row) - 1 if row else width
            if room < MIN_TAIL:
                rows.append(row)
                row = ""
                continue
            rows.append(f"{row} {word[:room]}".strip())
            row, word = "", word[room:]
        if row and len(row) + len(word) + 1 > width:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}".strip()
    rows.append(row)
    if len(rows) <= lines:
        return rows
    return [*rows[: lines - 1], rows[lines - 1][: width - 1] + "…"]
