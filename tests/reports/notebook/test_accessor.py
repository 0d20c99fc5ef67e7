"""What `.sensa` reads from a result, against values worked out by hand."""

import copy
import pickle
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
import xarray as xr

import sensa
from sensa.analyses import DEFAULT
from sensa.reports.notebook.probability import Probability
from sensa.results import QUANTILES
from tests.short_stories import beta, story

# bad = not a, 0.2; poor = a and not b, 0.8 * 0.4 = 0.32; good = 0.48; failing safely 0.32 / 0.52
TEXT = story(beta("a", 8, 2) + beta("b", 6, 4), "not a", "not b")


class Tags(HTMLParser):
    """The tags of a fragment; those that are never closed are left in `open`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    return sensa.run(sensa.loads(TEXT), analyses=[*DEFAULT, "importance"])


@pytest.mark.parametrize(
    ("what", "given", "value"),
    [
        ("bad", None, 0.2),
        ("catastrophic", None, 0.2),
        ("poor", None, 0.32),
        ("success", None, 0.48),
        ("failure", None, 0.52),
        ("goal_alignment", None, 0.48),
        ("fail_safe", "failure", 0.32 / 0.52),
        ("catastrophic", "failure", 0.2 / 0.52),
        ("success", "failure", 0.0),
        ("bad", "violated(a)", 1.0),
        ("poor", "violated(b)", 0.8),
        ("failure", "violated(b)", 1.0),
    ],
)
def test_a_probability(tree: xr.DataTree, what: str, given: str | None, value: float) -> None:
    assert tree.sensa.P(what, given=given) == pytest.approx(value, abs=1e-12)


def test_a_probability_has_its_interval_beside_it(tree: xr.DataTree) -> None:
    """P(bad) is one less a Beta(8, 2); its 5 % and 95 % quantiles are those of a Beta(2, 8)."""
    from scipy.stats import beta as law

    found = tree.sensa.P("catastrophic")
    assert found.interval == pytest.approx(law.ppf([0.05, 0.95], 2, 8), abs=2e-4)
    assert found.error == 0.0
    assert str(found) == repr(found) == "20 % (90 % interval 4.1 % to 43 %)"
    fails, works = tree.sensa.P("failure"), tree.sensa.P("success")
    assert fails.interval == pytest.approx((1 - works.interval[1], 1 - works.interval[0]))
    assert found <= 0.25 < fails
    assert str(tree.sensa.P("bad", given="failure")) == "38 %"


def test_copies_of_a_probability_keep_its_interval() -> None:
    one = Probability(0.25, (0.1, 0.5), 0.01)
    for other in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert (other, other.interval, other.error) == (0.25, (0.1, 0.5), 0.01)


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        (
            "badd",
            None,
            "unknown outcome, kind or criterion `badd` (did you mean `bad`?); expected one of bad, poor,",
        ),
        ("badd", "violated(a)", "unknown outcome or kind `badd` (did you mean `bad`?)"),
        ("bad", "violated(c)", "unknown assumption `c`; expected one of a, b"),
        (
            "bad",
            "a",
            "given `a`: a result has `failure` and `violated(ASSUMPTION)`; `sensa.run(story, given=…)`",
        ),
    ],
)
def test_what_a_result_does_not_have(tree: xr.DataTree, what: str, given: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        tree.sensa.P(what, given=given)


def test_an_analysis_that_was_not_run_is_named() -> None:
    brief = sensa.run(sensa.loads(TEXT), analyses=["outcomes"])
    assert brief.sensa.P("bad") == pytest.approx(0.2)
    with pytest.raises(ValueError, match=r"^the result has no `importance`: run it with analyses="):
        brief.sensa.ranking("birnbaum")
    with pytest.raises(ValueError, match=r"^the result has no `kinds`"):
        brief.sensa.P("failure")


def test_a_measure_that_no_analysis_has_is_named(tree: xr.DataTree) -> None:
    said = (
        r"^unknown measure `totla` \(did you mean `total`\?\); expected one of first, total, change, birnbaum"
    )
    with pytest.raises(ValueError, match=said):
        tree.sensa.ranking("totla")


def test_rankings_are_sorted_series(tree: xr.DataTree) -> None:
    """Only a moves P(bad); both move success, a by Var: E[b]^2 Var a + … as the largest total index."""
    total = tree.sensa.ranking("total")
    assert isinstance(total, pd.Series)
    assert list(total.index) == ["assumptions.a.credence", "assumptions.b.credence"]
    assert total.to_list() == pytest.approx([1.0, 0.0], abs=1e-12)
    # success = a b: Va = 0.16 / 11, Vb = 0.24 / 11; total of a is Va (mb^2 + Vb) / V, of b Vb (ma^2 + Va) / V
    va, vb = 0.16 / 11, 0.24 / 11
    whole = (va + 0.64) * (vb + 0.36) - 0.64 * 0.36
    of_success = tree.sensa.ranking("total", "success")
    assert dict(of_success) == pytest.approx(
        {
            "assumptions.b.credence": vb * (0.64 + va) / whole,
            "assumptions.a.credence": va * (0.36 + vb) / whole,
        }
    )
    assert list(of_success) == sorted(of_success, reverse=True)
    assert dict(tree.sensa.ranking("change")) == pytest.approx({"a": 0.8, "b": 0.0})
    assert dict(tree.sensa.ranking("change", "failure")) == pytest.approx({"a": 0.48, "b": 0.48})
    assert dict(tree.sensa.ranking("birnbaum")) == pytest.approx({"a": 1.0, "b": 0.0})


def test_the_summary_of_a_result(tree: xr.DataTree) -> None:
    found = tree.sensa.summary()
    assert list(found.columns) == ["kind", "mean", "low", "high", "error"]
    assert list(found.index) == ["bad", "poor", "good", "catastrophic", "fail_safe", "success"]
    assert found["mean"].to_list() == pytest.approx([0.2, 0.32, 0.48] * 2)


def test_the_summary_of_an_analysis(tree: xr.DataTree) -> None:
    found = tree["violations"].to_dataset().sensa.summary()
    assert list(found.index) == ["a", "b"]
    assert found["violated"].to_list() == pytest.approx([0.2, 0.4])
    assert set(tree["outcomes"].to_dataset().sensa.summary()) >= {"mean", "error", "kind"}
    assert len(QUANTILES) == tree["outcomes"].sizes["quantile"]


def test_a_notebook_shows_the_report_and_nothing_unescaped() -> None:
    hostile = TEXT.replace('title = "t"', 'title = "<script>alert(1)</script>&"')
    tree = sensa.run(sensa.loads(hostile))
    shown = tree.sensa._repr_html_()
    tags = Tags(shown)
    assert tags.open == []
    assert tags.seen == {"style", "div", "b", "br", "table", "tr", "th", "td", "i"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in shown
    assert "20 % probability of catastrophe" in shown
    assert repr(tree.sensa).splitlines()[1].startswith("20 % probability of catastrophe")
