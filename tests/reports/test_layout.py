import pytest

from sensa.reports.layout import Paper, bar, beside, binned, columns, ending, plain, shown, sparkline, wrapped


def test_columns_are_those_of_a_terminal() -> None:
    assert columns("abc") == 3
    assert columns("猫") == 2
    assert columns("e\u0301") == 1


def test_long_text_is_cut_by_columns() -> None:
    assert shown("a long title", 8) == "a long…"
    assert shown("猫猫猫猫", 6) == "猫猫…"
    assert columns(shown("猫猫猫猫", 6)) <= 6
    assert shown("short", 8) == "short"


def test_file_names_keep_their_end() -> None:
    assert ending("stories/library/cat.toml", 12) == "…ry/cat.toml"
    assert ending("cat.toml", 12) == "cat.toml"
    assert ending("\x1b[2J.toml", 30) == "\\x1b[2J.toml"


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\x00b", "\u202eabc", "\x9b2J", "a\u2028b"])
def test_what_a_terminal_would_obey_is_escaped(text: str) -> None:
    result = shown(text, 60)
    assert result.isprintable()
    assert "\\" in result or result == "a b"


def test_lines_break_between_words_and_not_before_a_unit() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("about 37 % of it", 9) == ["about", "37 % of", "it"]
    assert wrapped("unbreakable", 4) == ["un…e"]
    assert wrapped("a b c", 5, "    ", "  - ") == ["  - a", "    b", "    c"]


def test_bars_show_interval_and_mean() -> None:
    assert bar(0.2, 0.5, 0.8, 10) == "██▓▓▓░░░"
    assert bar(0.0, 0.001, 0.002, 10) == "▏"
    assert bar(0.0, 0.0, 0.0, 10) == ""
    assert bar(1.0, 1.0, 1.0, 10) == "█" * 10


def test_sparklines() -> None:
    assert sparkline([0.0, 0.5, 1.0], 10) == "▁▅█"
    assert sparkline([0.0, 0.0], 10) == "▁▁"
    assert binned([1.0, 2.0, 3.0, 4.0, 5.0], 3) == [3.0, 7.0, 5.0]
    assert len(sparkline([1.0] * 1000, 40)) == 40


def test_two_blocks_side_by_side() -> None:
    assert beside(["ab"], ["x", "y"], 4) == ["ab  x", "    y"]


def test_colour_is_only_added() -> None:
    assert Paper().paint("text", "catastrophic") == "text"
    assert Paper(colour=True).paint("text", "catastrophic") == "\x1b[1;38;5;166mtext\x1b[0m"


def test_what_a_stream_cannot_carry_is_replaced() -> None:
    assert plain("▲ 37 % █▓░", "utf-8") == "▲ 37 % █▓░"
    assert plain("▲ 37 % █▓░ é", "ascii") == "! 37 % #=- \\xe9"
    assert plain("✗ a → b, 1 ± 0.1", "ascii") == "x a > b, 1 +- 0.1"
