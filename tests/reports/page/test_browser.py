"""The page in a real browser: no complaint, no request, levers as the engine says, keys, sizes."""

import importlib.util
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from sensa.analyses import DEFAULT
from sensa.comparing.changes import MovedLoss
from sensa.methods.what_if import WhatIf
from sensa.portfolios.running import portfolio
from sensa.reports.layout import Paper
from sensa.reports.number_format import percent
from sensa.reports.page.document import page
from sensa.reports.portfolio import html as portfolio_page
from sensa.reports.result.story_result import Since, StoryResult
from tests.reports.page.browser import CHROMIUM, Tab, browser
from tests.reports.page.hostile_story import STORY
from tests.reports.page.pages import library, result_of
from tests.reports.reviews import review
from tests.short_stories import ASSUMPTION, beta, story
from tests.swept_diagram import sides, swept

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]

RISK = "document.querySelector('.now-catastrophic').textContent"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


def shown(tab: Tab, tmp_path: Path, *results: StoryResult, fragment: str = "") -> None:
    file = tmp_path / "page.html"
    file.write_text(page(results), "utf-8")
    tab.open("about:blank")
    tab.open(file.as_uri() + fragment)


def model(result: StoryResult) -> WhatIf:
    assert result.source is not None
    assert isinstance(result.source.what_if, WhatIf)
    return result.source.what_if


@pytest.mark.parametrize("name", ["red_doors", "cat_classifier", "microscope_ai", "generations"])
def test_levers_at_random_positions_are_as_the_diagram_says(tab: Tab, tmp_path: Path, name: str) -> None:
    """Swept in Python in other code; `test_what_if.py` holds that to enumerations of changed stories."""
    result = library(name)
    found = model(result)
    shown(tab, tmp_path, result)
    assert tab.complaints() == []
    rng = random.Random(name)
    states: list[dict[str, float]] = [{}]
    for _ in range(20 if found.exact else 4):
        levers = rng.sample(found.levers, min(3, len(found.levers)))
        states.append(
            {lever.name: rng.choice([0.0, rng.random()]) if lever.slides else 0.0 for lever in levers}
        )
    answers = tab.value(f"{json.dumps(states)}.map(state => sensaWhatIf[0](state))")
    for state, answer in zip(states, answers, strict=True):
        want = swept(found, state)
        assert dict(zip(found.outcomes, answer, strict=True)) == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize("name", ["red_doors", "assistance_game", "generations"])
def test_properties_at_random_positions_are_as_the_diagram_says(tab: Tab, tmp_path: Path, name: str) -> None:
    """Swept in Python; `test_recomputed.py` holds that to verdicts on stories that are changed."""
    result = library(name)
    found = model(result)
    assert result.source is not None
    shown(tab, tmp_path, result)
    rng = random.Random(name)
    sliding = [lever.name for lever in found.levers if lever.slides]
    states = [
        {lever: rng.random() for lever in rng.sample(sliding, 2)} for _ in range(8 if found.exact else 2)
    ]
    answers = tab.value(f"{json.dumps(states)}.map(state => sensaWhatIf[0].properties(state))")
    for state, answer in zip(states, answers, strict=True):
        for one, got in zip(result.source.recomputed, answer, strict=True):
            pairs = [sides(one, found, state, case) for case in one.cases]
            margins = [right - left if one.sign.startswith("<") else left - right for left, right in pairs]
            broken = sum(margin < -1e-12 for margin in margins)
            assert got == {"broken": broken, "vacuous": 0, "cases": len(one.cases)}


def test_a_share_of_the_numbers_is_judged_at_every_point(tab: Tab, tmp_path: Path) -> None:
    """P(failure) = 0.2 + 0.8 (1 - a) n^2 with b at 0.8: below 0.25 where (1 - a) n^2 < 1 / 16, some 66 %."""
    text = story(
        beta("a", 9, 2)
        + beta("b", 3, 1)
        + '[events.e]\nchance = "n * n"\n[quantities.n]\nvalue = { uniform = [0, 1] }\n',
        "not a and e",
        "not b",
    )
    properties = "".join(
        f"\n[properties.p{share}]\nrequire = 'P(failure) <= 0.25'\nquantile = 0.{share}\n" for share in (3, 9)
    )
    result = result_of(text + properties, points=1024)
    found = model(result)
    assert not found.exact
    shown(tab, tmp_path, result)
    low, high = tab.value("sensaWhatIf[0].properties({b: 0.8})")
    assert (low["broken"], high["broken"]) == (0, 1)


def test_a_dragged_lever_shows_what_all_points_give(tab: Tab, tmp_path: Path) -> None:
    """On the line through two of its positions at once; else when it rests."""
    result = library("generations")
    found = model(result)
    assert found.nodes * len(found.p) > 200_000
    shown(tab, tmp_path, result)
    levers = json.loads(tab.value("document.querySelector('.what-if-data').textContent"))["levers"]
    for i, lever in enumerate(levers):
        if not lever["slides"]:
            continue
        at_once = len(lever["coins"]) == 1
        tab.value(
            f"(() => {{ const input = document.querySelectorAll('.lever input')[{i}]; "
            "input.dispatchEvent(new Event('pointerdown')); input.value = 37; "
            "input.dispatchEvent(new Event('input')); })()"
        )
        if not at_once:
            tab.value("new Promise(done => setTimeout(done, 300))")
        texts = tab.value("[...document.querySelectorAll('.outcome')].map(x => x.textContent)")
        means = swept(found, {lever["name"]: 0.37})
        assert [text.replace("\xa0", " ") for text in texts] == [
            percent(means[name]) for name in found.outcomes
        ]
        tab.value("document.querySelector('.reset').click()")
    assert tab.complaints() == []


def test_verdicts_follow_the_levers(tab: Tab, tmp_path: Path) -> None:
    """As of the run at first; where no overseer disagrees, safe failures get too rare."""
    result = library("red_doors")
    shown(tab, tmp_path, result)
    verdicts = "[...document.querySelectorAll('.met')].map(x => x.textContent)"
    assert tab.value(verdicts) == ["✓ holds", "✓ holds"]
    tab.value("location.hash = 'conflict_levels_tell=0'")
    tab.value("new Promise(done => setTimeout(done, 600))")
    found = model(result)
    assert result.source is not None
    want = []
    for one in result.source.recomputed:
        pairs = [sides(one, found, {"conflict_levels_tell": 0.0}, case) for case in one.cases]
        broken = sum((right < left) == one.sign.startswith("<") for left, right in pairs)
        many = f", in {broken} of {len(pairs)} cases" if len(pairs) > 1 else ""
        want.append(f"✗ fails{many}" if broken else "✓ holds")
    assert tab.value(verdicts) == want
    assert "✗" in "".join(want)


def test_the_page_shows_what_the_lever_does(tab: Tab, tmp_path: Path) -> None:
    result = library("red_doors")
    found = model(result)
    shown(tab, tmp_path, result)
    i = tab.value(
        "[...document.querySelectorAll('.lever label')].findIndex(x => x.textContent.includes('disagree'))"
    )
    tab.value(
        f"(() => {{ const input = document.querySelectorAll('.lever input')[{i}]; input.value = 30; "
        "input.dispatchEvent(new Event('input')); })()"
    )
    means = swept(found, {"conflict_levels_tell": 0.3})
    texts = tab.value(
        "[...document.querySelectorAll('.outcome')].map(x => x.textContent.replace('\\u00a0', ' '))"
    )
    assert texts == [percent(means[name]) for name in found.outcomes]
    tab.value("new Promise(done => setTimeout(done, 400))")
    assert tab.value("location.hash") == "#conflict_levels_tell=0.3"
    tab.value("document.querySelector('.reset').click()")
    assert tab.value(RISK) == "1.1\xa0%"
    assert tab.complaints() == []


def test_the_state_is_read_from_the_link(tab: Tab, tmp_path: Path) -> None:
    result = library("red_doors")
    shown(tab, tmp_path, result, fragment="#conflict_levels_tell=0&wireheads=0.5")
    means = swept(model(result), {"conflict_levels_tell": 0.0, "wireheads": 0.5})
    assert tab.value(RISK).replace("\xa0", " ") == percent(means["harm"])
    assert tab.value("document.querySelectorAll('.lever.moved').length") == 2


def test_numbers_are_written_as_reports_write_them(tab: Tab, tmp_path: Path) -> None:
    """Through a lever that is the probability itself: one assumption, whose violation is the harm."""
    text = STORY.split("[challenges.c]", maxsplit=1)[0] + SURE
    result = result_of(text)
    shown(tab, tmp_path, result)
    values = [
        0.0,
        1.0,
        0.5,
        0.123456,
        0.0999999,
        0.00999999,
        0.949,
        0.9501,
        0.99,
        0.9951,
        0.99996,
        0.00012345,
        3e-6,
    ]
    one_by_one = []
    for x in values:
        tab.value(f"location.hash = 'a={1 - x!r}'")
        tab.value("new Promise(done => setTimeout(done, 30))")
        one_by_one.append(tab.value(RISK).replace("\xa0", " "))
    assert one_by_one == [percent(1 - (1 - x)) for x in values]


def test_keys_walk_the_argument(tab: Tab, tmp_path: Path) -> None:
    result = library("red_doors")
    shown(tab, tmp_path, result)
    assert tab.value("document.querySelectorAll('.graph g.node[tabindex=\"0\"]').length") == 1
    tab.value("document.querySelector('.graph g.node[data-id=wireheads]').focus()")
    lit = set(tab.value("[...document.querySelectorAll('.graph g.node.lit')].map(x => x.dataset.id)"))
    # what wireheading needs, and what follows from it; the safeguard is on no path through it
    assert {"wireheads", "score_cannot_be_reached", "wants", "finds_doors", "score_is_visible", "harm"} == lit
    assert "secures its score" in tab.value("document.querySelector('.tell').textContent")
    for kind in ("keyDown", "keyUp"):
        tab.call(
            "Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39
        )
    assert tab.value("document.activeElement.dataset.id") == "harm"


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (820, 1000), (390, 844), (320, 600)])
def test_nothing_overflows_sideways(tab: Tab, tmp_path: Path, width: int, height: int) -> None:
    tab.size(width, height)
    for result in (library("red_doors"), result_of(STORY), _with_all()):
        shown(tab, tmp_path, result)
        assert tab.value("document.documentElement.scrollWidth - innerWidth") <= 0
        assert tab.complaints() == []
    tab.size(1280, 900)


BROKEN = """(() => {
  const cells = [...document.querySelectorAll('td:first-child, th:first-child')];
  return cells.filter(cell => {
    const words = cell.textContent.trim().split(/[\\s_]+/);
    const size = parseFloat(getComputedStyle(cell).fontSize);
    const longest = Math.min(10, Math.max(...words.map(word => word.length)));
    return cell.clientWidth > 0 && cell.clientWidth < 0.4 * size * longest;
  }).map(cell => cell.textContent);
})()"""


def test_names_in_tables_are_not_broken_into_letters(tab: Tab, tmp_path: Path) -> None:
    """On a telephone, with all that is folded open: no word of up to ten letters takes a line of three."""
    tab.size(400, 900)
    for result in (_with_all(), library("staged_release")):
        shown(tab, tmp_path, result)
        tab.value("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert tab.value(BROKEN) == []
        assert tab.value("document.documentElement.scrollWidth - innerWidth") <= 0
    tab.size(1280, 900)


def test_a_portfolio_fits_a_telephone(tab: Tab, tmp_path: Path) -> None:
    """Its table scrolls, the page does not, and the paths of stories are not broken into letters."""
    path = str(files("sensa.stories") / "library" / "red_doors.toml")
    data = portfolio(path, sweep={"assumptions.finds_doors.credence": [0.1, 0.5]}, means_only=True)
    file = tmp_path / "portfolio.html"
    file.write_text("".join(portfolio_page.render(data, Paper(100), 0)), "utf-8")
    tab.size(400, 900)
    tab.open(file.as_uri())
    assert tab.value(BROKEN) == []
    assert tab.value("document.documentElement.scrollWidth - innerWidth") <= 0
    assert tab.value("document.querySelector('.cells').getBoundingClientRect().width") > 400
    tab.size(1280, 900)


def _with_all() -> StoryResult:
    """A result with a base, an expected loss with errors, and ways of its own."""
    names = [*DEFAULT, "capabilities", "model_space", "modes", "numbers"]
    one = review()
    assert one.comparison is not None
    loss = MovedLoss(0.0119, 0.00998, -0.00192, 5e-7, before_error=1.5e-6, after_error=1e-6)
    since = Since(replace(one.comparison, loss=loss), one.before, ("a note",))
    return replace(library("deceptive_capability", names), since=since, state="✗ fails")


def test_labels_of_a_long_axis_stand_apart(tab: Tab, tmp_path: Path) -> None:
    """A risk of 1e-18, on an axis of eight decades: no label lies over another of its chart."""
    names = "abc"
    body = "".join(ASSUMPTION.format(name=name, credence=1 - 1e-6) for name in names)
    result = result_of(story(body, " and ".join(f"not {name}" for name in names)))
    over = """[...document.querySelectorAll('svg')].flatMap(chart => {
        const boxes = [...chart.querySelectorAll('text.tick')].map(one => one.getBoundingClientRect());
        const lines = boxes.filter(box => box.width).sort((a, b) => a.left - b.left);
        return lines.slice(1).filter((box, i) => box.left < lines[i].right && box.top === lines[i].top);
    }).length"""
    for width in (1280, 390):
        tab.size(width, 900)
        shown(tab, tmp_path, result)
        assert tab.value("document.querySelectorAll('table.log text.tick').length") >= 3
        assert tab.value(over) == 0
    tab.size(1280, 900)


def test_nothing_lies_over_its_neighbour(tab: Tab, tmp_path: Path) -> None:
    """Cells and values hold what is in them, on a phone, on a desk and on paper."""
    wide = """[...document.querySelectorAll('.since td, .fall b, .fall span, .facts dd, .way td')]
        .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
        .map(one => one.textContent)"""
    result = _with_all()
    try:
        for width, medium in ((1280, "screen"), (390, "screen"), (690, "print")):
            tab.size(width, 900)
            tab.call("Emulation.setEmulatedMedia", media=medium)
            shown(tab, tmp_path, result)
            assert tab.value(wide) == []
            over = """[...document.querySelectorAll('.since')].filter(one => {
                const [own, around] = [one, one.parentElement].map(x => x.getBoundingClientRect().right);
                return own > around + 1;
            }).length"""
            assert tab.value(over) == 0
    finally:
        tab.call("Emulation.setEmulatedMedia", media="")
        tab.size(1280, 900)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(tab: Tab, tmp_path: Path, width: int, scheme: str) -> None:
    """Deque's rules for accessibility, contrast among them."""
    if importlib.util.find_spec("axe_core_python") is None:
        pytest.skip("axe-core-python is not installed")
    rules = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    tab.size(width, 900)
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        several = [library("iterative_deployment"), result_of(STORY)]
        for results in ([library("red_doors")], several, [_with_all()]):
            shown(tab, tmp_path, *results)
            tab.value(rules + ";0")
            found = tab.value(
                "axe.run().then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"
            )
            assert found == []
    finally:
        tab.call("Emulation.setEmulatedMedia", features=[])
        tab.size(1280, 900)


def test_it_reads_without_scripts(tab: Tab, tmp_path: Path) -> None:
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        shown(tab, tmp_path, library("red_doors"))
        assert tab.complaints() == []
        tree = tab.call("Accessibility.getFullAXTree")["nodes"]
        said = " ".join(str(node.get("name", {}).get("value", "")) for node in tree)
        assert "ends in" in said
        assert "What if?" not in said
        assert "The argument as a layered graph" in said
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_stories_on_one_page_move_apart(tab: Tab, tmp_path: Path) -> None:
    first, second = library("red_doors"), replace(library("cat_classifier"), file="other.toml")
    shown(tab, tmp_path, first, second, fragment="#s2-plans=0.5")
    assert tab.complaints() == []
    assert tab.value(
        "[...document.querySelectorAll('.what-if')].map(x => x.querySelectorAll('.moved').length)"
    ) == [0, 1]
    answer = tab.value("sensaWhatIf[1]({plans: 0.5})")
    want = swept(model(second), {"plans": 0.5})
    assert dict(zip(model(second).outcomes, answer, strict=True)) == pytest.approx(want, abs=1e-9)


SURE = """
[outcomes.harm]
kind = "catastrophic"
when = "not a"
[outcomes.never]
kind = "fail_safe"
when = "false"
[outcomes.works]
kind = "success"
otherwise = true
"""


def test_a_small_negative_share_is_not_minus_nothing(tab: Tab, tmp_path: Path) -> None:
    """Without `s`, which stops `e` once in a thousand, the risk would be 1 / 0.999 times as high."""
    events = (
        '[events.e]\nmode = "other"\nchance = 0.5\n[events.s]\nmode = "outer-misalignment"\nchance = 0.001\n'
    )
    shown(
        tab,
        tmp_path,
        result_of(story(ASSUMPTION.format(name="a", credence=0.5) + events, "e and not s and a")),
    )
    tab.value("new Promise(done => setTimeout(done, 400))")
    shares = tab.value("[...document.querySelectorAll('.what-if .mode')].map(cell => cell.textContent)")
    assert shares == ["100\u00a0%", "<1\u00a0%"]
