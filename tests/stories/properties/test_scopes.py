"""What a property ranges over, by pattern."""

import pytest

from sensa.stories.properties.scopes import matching

NAMES = (
    "phases[0].axes.shift",
    "phases[1].axes.shift",
    "assumptions.a.given[0].credence",
    "assumptions.a.given[1].credence",
    "assumptions.a0.credence",
)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("phases[0].*", NAMES[:1]),
        ("phases[?].axes.*", NAMES[:2]),
        ("phases[*", NAMES[:2]),
        ("*.given[1].credence", NAMES[3:4]),
        ("assumptions.*", NAMES[2:]),
        ("assumptions.a[0].credence", ()),
        ("phases[0].axes.shift", NAMES[:1]),
    ],
)
def test_brackets_stand_for_themselves(pattern: str, found: tuple[str, ...]) -> None:
    assert matching(NAMES, (pattern,)) == found
