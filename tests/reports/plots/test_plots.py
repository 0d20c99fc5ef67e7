"""Pictures: what is drawn equals the result, and every label is inside the picture."""

import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import sensa
from sensa.graph import Graph
from sensa.reports.plots import TABLE, NotDrawn, files
from sensa.reports.plots.ends import apart
from sensa.reports.plots.style import MARKS, probability_bars
from tests.reports.wide_stories import wide
from tests.short_stories import ASSUMPTION, beta, losing, model, result, story

LIBRARY = Path(__file__).parents[3] / "stories" / "library"
KINDS = [row.name for row in TABLE]
NEEDED = sorted({name for row in TABLE for name in row.analyses})
PLAIN = story(beta("sure", 9, 1) + beta("likely", 3, 1), "not sure and not likely", "not likely")
SHORT = losing(PLAIN, bad="10", poor="2")
STEPPED = "most_danger_in_training.toml"


@cache
def short() -> xr.DataTree:
    return result(SHORT, *NEEDED, points=256)


@cache
def stepped() -> xr.DataTree:
    session = sensa.prepare(sensa.load(LIBRARY / STEPPED), sensa.Settings(points=256))
    return sensa.analyse(session, ["outcomes"])


@cache
def wide_result(factors: int) -> tuple[xr.DataTree, Graph]:
    session = model(losing(wide(factors), bad="10", poor="2"), points=256)
    return sensa.analyse(session, NEEDED), session.graph


def labels(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_yticklabels()]


def drawn(ax: Axes) -> Figure:
    """The figure, laid out."""
    figure = ax.figure
    assert isinstance(figure, Figure)
    FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Figure) -> list[Text]:
    """All texts that are drawn: no ticks beyond the ends of an axis."""
    beyond = set()
    for axis in [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        places = zip(axis.get_majorticklabels(), axis.get_majorticklocs(), strict=True)
        beyond |= {label for label, at in places if not (low <= at <= high and axis.axes.axison)}
    found = [text for text in figure.findobj(Text) if isinstance(text, Text) and text not in beyond]
    return [text for text in found if text.get_visible() and text.get_text()]


def test_how_it_ends() -> None:
    """P(bad) = 0.1 x 0.25, P(poor) = 0.9 x 0.25: bars as long as the means, lines as the 90 % intervals."""
    data = short()["outcomes"]
    ax = sensa.plot(short(), "outcomes")
    bars, lines = ax.containers
    assert [bar.get_width() for bar in bars] == pytest.approx([0.025, 0.225, 0.75], abs=1e-12)
    segments = np.array(lines.lines[2][0].get_segments())
    assert segments[:, 0, 0] == pytest.approx(data["quantiles"].sel(quantile=0.05).values, abs=1e-12)
    assert segments[:, 1, 0] == pytest.approx(data["quantiles"].sel(quantile=0.95).values, abs=1e-12)
    assert labels(ax) == ["▲ bad", "○ poor", "✓ good"]


def test_what_moves_it() -> None:
    """P(bad) is 0.25 with `sure` violated, 0 with it holding; 0.1 and 0 with `likely`."""
    ax = sensa.plot(short(), "tornado")
    violated, holds = ax.containers
    assert labels(ax) == ["sure", "likely"]
    assert [bar.get_x() + bar.get_width() for bar in violated] == pytest.approx([0.25, 0.1], abs=1e-12)
    assert [bar.get_x() + bar.get_width() for bar in holds] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert [bar.get_x() for bar in violated] == pytest.approx([0.025, 0.025], abs=1e-12)


def test_what_moves_failing_and_one_outcome() -> None:
    """P(failure) is P(not likely); P(poor) is 0.25 with `sure` holding."""
    ax = sensa.plot(short(), "tornado", of="failure")
    assert labels(ax) == ["likely", "sure"]
    assert [bar.get_x() + bar.get_width() for bar in ax.containers[0]] == pytest.approx([1.0, 0.25])
    ax = sensa.plot(short(), "tornado", of="poor")
    ends = dict(zip(labels(ax), [bar.get_x() + bar.get_width() for bar in ax.containers[1]], strict=True))
    assert ends == pytest.approx({"likely": 0.0, "sure": 0.25}, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "group"), [("sobol", "sobol_credence"), ("facts", "sobol_truth")], ids=["numbers", "facts"]
)
@pytest.mark.parametrize("of", ["catastrophic", "bad", "failure"])
def test_indices(kind: str, group: str, of: str) -> None:
    data = short()[group]
    name, place = {
        "catastrophic": ("kind_{}", {"kind": "catastrophic"}),
        "bad": ("{}", {"outcome": "bad"}),
        "failure": ("kind_{}", {"kind": "success"}),  # failing varies as success does
    }[of]
    total, first = (data[name.format(which)].sel(place).values for which in ("total", "first"))
    order = np.argsort(-total, kind="stable")
    widths = [[bar.get_width() for bar in bars] for bars in sensa.plot(short(), kind, of=of).containers[:2]]
    assert widths[0] == pytest.approx(total[order], abs=1e-12)
    assert widths[1] == pytest.approx(first[order], abs=1e-12)


def test_sampled_indices_have_lines_as_long_as_their_errors() -> None:
    """Lines of 1.96 standard errors to each side; below it says what they are."""
    tree = short().copy()
    sampled = tree["sobol_credence"].to_dataset()
    sampled["kind_total_error"] = sampled["kind_total_error"] + [[0.01], [0.02]]
    tree["sobol_credence"] = xr.DataTree(sampled.assign_attrs(how="worlds-sampled"))
    data = tree["sobol_credence"]
    total, error = (data[name].sel(kind="catastrophic").values for name in ("kind_total", "kind_total_error"))
    order = np.argsort(-total, kind="stable")
    ax = sensa.plot(tree, "sobol")
    segments = np.array(ax.containers[1].lines[2][0].get_segments())
    lengths = segments[:, 1, 0] - segments[:, 0, 0]
    assert lengths == pytest.approx(2 * 1.96 * error[order])
    said = [text.get_text() for text in texts(drawn(ax))]
    assert any("sampled worlds" in text and "95 % intervals" in text for text in said)


@pytest.mark.parametrize("own", [True, False])
def test_pairs_that_are_left_out_are_said_in_the_picture(own: bool) -> None:
    tree, _ = wide_result(60)
    ax = sensa.plot(tree, "pairs", ax=None if own else Figure().add_subplot())
    assert len(labels(ax)) == 40
    said = " ".join(" ".join(text.get_text() for text in texts(drawn(ax))).split())
    assert "Shown are the 40 of 60 assumptions that move the outcomes most by themselves" in said


def test_pairs_are_a_triangle_of_both_violated() -> None:
    """P(bad) is 0.25 and 0.1 with one of them violated, and 1 with both."""
    (image,) = sensa.plot(short(), "pairs").images
    shown = np.ma.filled(image.get_array(), np.nan)
    assert shown[np.tril_indices(2)] == pytest.approx([0.25, 1.0, 0.1], abs=1e-12)
    assert np.isnan(shown[0, 1])


def test_steps_are_lines_with_gaps_where_an_outcome_cannot_be() -> None:
    by_step = stepped()["outcomes"]["by_step"].values
    ax = sensa.plot(stepped(), "steps")
    lines = [line for line in ax.lines if len(line.get_xdata()) == by_step.shape[1]]
    assert np.nan_to_num([line.get_ydata() for line in lines]) == pytest.approx(by_step)
    assert ax.get_yscale() == "log"


def test_exceedance_is_a_falling_staircase() -> None:
    """P(loss >= 2) = 0.25, P(loss >= 10) = 0.025; the expected loss is 0.7."""
    ax = sensa.plot(short(), "exceedance")
    stairs, dots, expected = ax.lines
    assert stairs.get_drawstyle() == "steps-pre"
    assert np.array(stairs.get_xydata())[1:] == pytest.approx(np.array([[2, 0.25], [10, 0.025]]), abs=1e-12)
    assert np.array(dots.get_ydata()) == pytest.approx([0.25, 0.025], abs=1e-12)
    assert expected.get_xdata()[0] == pytest.approx(0.225 * 2 + 0.025 * 10, abs=1e-12)
    with pytest.raises(NotDrawn, match="the story states no loss"):
        sensa.plot(result(wide(3), "outcomes", "exceedance", points=64), "exceedance")


def test_convergence_goes_to_the_run() -> None:
    tree = short()
    ax = sensa.plot(tree, "convergence", of="bad")
    mean, *levels = [bars.lines[0] for bars in ax.containers]
    assert mean.get_xdata().tolist() == [128, 256]
    assert mean.get_ydata() == pytest.approx([0.025, 0.025], abs=1e-12)
    last = [line.get_ydata()[-1] for line in levels]
    quantiles = tree["outcomes"]["quantiles"].sel(outcome="bad", quantile=[0.05, 0.5, 0.95]).values
    assert last == pytest.approx(quantiles, abs=1e-12)
    with pytest.raises(NotDrawn, match="there is no outcome `worse`"):
        sensa.plot(tree, "convergence", of="worse")


def test_error_bars_of_probabilities_end_at_0_and_1() -> None:
    """1.96 errors of 0.1 each way, where there is room; no bar without an error."""
    found = probability_bars(np.array([0.01, 0.5, 0.95, 1.0, 0.5]), np.array([0.1, 0.1, 0.1, 0.1, np.nan]))
    wanted = [[0.01, 0.196, 0.196, 0.196, 0.0], [0.196, 0.196, 0.05, 0.0, 0.0]]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_the_argument_has_a_box_for_each_node() -> None:
    """Factors of the risk: 0.25 / 0.025 with `sure` violated, 0.1 / 0.025 with `likely`."""
    graph = model(SHORT, points=64).graph
    said = {text.get_text() for text in sensa.plot(short(), "argument", graph=graph).texts}
    assert {"sure\n×10", "likely\n×4.0", "bad\n▲ 2.5 %", "Assumptions", "Outcomes"} <= said
    with pytest.raises(NotDrawn, match="the argument is not in a result: give the story"):
        sensa.plot(short(), "argument")


def test_names_at_the_ends_of_lines_keep_apart() -> None:
    places = apart([0.5, 0.5, 0.98, 0.99], 0.1)
    assert places == pytest.approx([0.5, 0.6, 0.9, 1.0])


def test_a_story_of_one_step_has_no_steps() -> None:
    with pytest.raises(NotDrawn, match="the story has one step"):
        sensa.plot(short(), "steps")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "steps"])
@pytest.mark.parametrize("factors", [3, 60])
def test_no_label_is_clipped(kind: str, factors: int) -> None:
    """Every text that shows is inside the picture, and names of rows do not touch each other."""
    tree, graph = wide_result(factors)
    ax = sensa.plot(tree, kind, graph=graph)
    figure = drawn(ax)
    for text in texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= figure.bbox.x1 + 0.5, text
        assert box.y1 <= figure.bbox.y1 + 0.5, text
    rows = sorted((text.get_window_extent() for text in ax.get_yticklabels()), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(rows))


@pytest.mark.parametrize("kind", ["tornado", "sobol"])
def test_a_row_for_each_factor_and_two_names_never_read_alike(kind: str) -> None:
    names = labels(sensa.plot(wide_result(60)[0], kind))
    assert len(names) == len(set(names)) == 60


def test_labels_of_steps_are_inside_and_apart() -> None:
    figure = drawn(sensa.plot(stepped(), "steps"))
    for text in texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
    ends = [text.get_window_extent() for text in texts(figure) if text.get_text()[0] in MARKS.values()]
    assert len(ends) == stepped()["outcomes"].sizes["outcome"]
    ends.sort(key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 for low, high in itertools.pairwise(ends))


def test_ticks_of_an_axis_have_one_precision() -> None:
    for kind in ("outcomes", "tornado", "sobol"):
        ax = sensa.plot(wide_result(3)[0], kind)
        drawn(ax)
        shown = [text.get_text().removesuffix(" %") for text in ax.get_xticklabels()]
        assert len({len(text.partition(".")[2]) for text in shown}) == 1, kind


def test_it_can_be_drawn_into_axes_that_are_there() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert sensa.plot(short(), "tornado", ax=left) is left
    assert sensa.plot(short(), "pairs", ax=right) is right
    assert left.get_title(loc="left") == "t: what moves catastrophe"
    assert "Exact" in left.get_xlabel()


def test_a_single_group_is_enough_for_one_outcome() -> None:
    group = short()["violations"].to_dataset()
    assert labels(sensa.plot(group, "tornado", of="bad")) == ["sure", "likely"]
    with pytest.raises(NotDrawn, match="give the whole result"):
        sensa.plot(group, "tornado")


def test_what_is_missing_is_said() -> None:
    brief = result(SHORT, "outcomes", points=256)
    with pytest.raises(NotDrawn, match="has no `violations`: run the story with `--analyses violations`"):
        sensa.plot(brief, "tornado")
    with pytest.raises(NotDrawn, match="there is no outcome `worse`: one of `bad`, `poor`, `good`"):
        sensa.plot(short(), "tornado", of="worse")
    with pytest.raises(ValueError, match=r"`tornados`.*did you mean `tornado`"):
        sensa.plot(short(), "tornados")
    certain = story(ASSUMPTION.format(name="a", credence=0.9), "not a")
    with pytest.raises(NotDrawn, match="the story has no uncertain number"):
        sensa.plot(result(certain, "outcomes", "sobol_credence"), "sobol")


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensa.reports.plots.find_spec", lambda name: None)
    with pytest.raises(NotDrawn, match=r"pip install 'sensa-stories\[plots\]'"):
        sensa.plot(short(), "outcomes")


@pytest.mark.parametrize("format", files.FORMATS)
def test_files_are_the_same_each_time_and_undated(format: str) -> None:
    first, second = (files.encoded(sensa.plot(short(), "tornado"), format) for _ in range(2))
    assert first == second
    assert first.startswith({"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[format])
    assert b"Date" not in first
    assert b"<dc:date>" not in first


@pytest.mark.filterwarnings("ignore:no installed font has")
def test_titles_are_text_whatever_they_say() -> None:
    """A dollar is no formula, and neither markup nor bidirectional marks do anything."""
    title = "$1/0$ --> <script> \u202e 貓 of $5"
    text = SHORT.replace('title = "t"', f'title = "{title}"')
    tree = sensa.analyse(model(text, points=256), ["outcomes"])
    ax = sensa.plot(tree, "outcomes")
    assert "$" in " ".join(text.get_text() for text in texts(ax.figure))
    picture = files.encoded(ax, "svg").decode()
    assert "<script" not in picture
    assert "\u202e" not in picture
