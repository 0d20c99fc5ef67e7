"""Information of facts in bits, by closed forms, by enumeration, and by scipy's divergence."""

import tomllib

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from scipy.spatial.distance import jensenshannon

from sensa.analyses.settling_facts import discrimination
from sensa.reports.layout import Paper
from sensa.reports.result.from_tree import answers
from sensa.reports.result.text import render
from sensa.stories.reading import parse
from tests import naive, strategies
from tests.short_stories import ASSUMPTION, beta, model, result, story


def of(text: str) -> xr.Dataset:
    return result(text, "settling_facts")["settling_facts"].to_dataset()


def entropy(*p: float) -> float:
    return -sum(x * np.log2(x) for x in p if x > 0)


def divergence(one: list[float], other: list[float]) -> float:
    return float(jensenshannon(one, other, base=2) ** 2)


A, B = ASSUMPTION.format(name="a", credence=0.5), ASSUMPTION.format(name="b", credence=0.5)


def test_half_of_what_it_takes() -> None:
    """Bad if both are violated: H(1/4) = 0.811 bits, and a leaves 1/2 x H(1/2) = 1/2 of them."""
    data = of(story(A + B, "not a and not b"))
    assert data["fact"].values.tolist() == ["a", "b"]
    whole = entropy(0.25, 0.75)
    assert float(data["entropy"][0]) == pytest.approx(whole, abs=1e-15)
    assert data["bits"].values[:, 0] == pytest.approx([whole - 0.5] * 2, abs=1e-14)
    assert data["share"].values[:, 0] == pytest.approx([1 - 0.5 / whole] * 2, abs=1e-14)
    assert data.attrs["how"] == "exact"


def test_a_fact_that_settles_it_and_one_that_says_nothing() -> None:
    data = of(story(A + B, "not a")).sel(question="catastrophic")
    assert data["bits"].values == pytest.approx([1.0, 0.0], abs=1e-15)
    assert data["share"].values == pytest.approx([1.0, 0.0], abs=1e-15)


def test_little_information_keeps_its_digits() -> None:
    """I = (D(p + e || p) + D(p - e || p)) / 2 = e^2 / (2 ln 2 p (1 - p)) to order e^4: p = 1/2, e = 1e-6."""
    low, high = 0.5 - 1e-6, 0.5 + 1e-6
    event = f'[events.e]\nchance = {low!r}\n[[events.e.given]]\nif = "a"\nchance = {high!r}\n'
    data = of(story(A + event, "e")).sel(question="catastrophic", fact="a")
    assert float(data["bits"]) == pytest.approx(2e-12 / np.log(2), rel=1e-3)


def test_options_of_a_choice_together() -> None:
    """Three options of 1/2, 1/4, 1/4, of which the first is bad: the choice settles it."""
    choice = "[choices.m.options]\nx = { weight = 2 }\ny = { weight = 1 }\nz = { weight = 1 }\n"
    data = of(story("[choices.m]\n" + choice, "m == 'x'")).sel(question="catastrophic")
    assert float(data["bits"][0]) == pytest.approx(1.0, abs=1e-15)
    assert float(data["chance"][0]) == pytest.approx(0.5)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.pointed_stories(strategies.SMALL))
def test_generated_stories_by_enumeration(text: str) -> None:
    doc = tomllib.loads(text)
    data = of(text).sel(question="catastrophic") if "fact" in of(text).dims else None
    for name in [] if data is None else data["fact"].values.tolist():
        kind = data.sel(fact=name)["kind"].item()
        if kind == "choice":
            continue
        said = f"violated({name})" if kind == "assumption" else name
        joint, chance = naive.joint_and_given(doc, {}, f"P(catastrophic | {said})")
        risk, _ = naive.joint_and_given(doc, {}, "P(catastrophic)")
        cells = [joint, chance - joint, risk - joint, 1 - risk - chance + joint]
        wanted = entropy(chance, 1 - chance) + entropy(risk, 1 - risk) - entropy(*np.clip(cells, 0, 1))
        assert float(data.sel(fact=name)["bits"]) == pytest.approx(wanted, abs=1e-10)


def experts(name: str, one: float, other: float) -> str:
    number = f'{{ experts = [{{ name = "A", credence = {one} }}, {{ name = "B", credence = {other} }}] }}'
    return ASSUMPTION.format(name=name, credence=number)


def test_the_fact_that_two_experts_disagree_about() -> None:
    """A and B differ on a alone; bad if a is violated and b too. P(bad) is 0.05 and 0.35."""
    data = of(story(experts("a", 0.9, 0.3) + B, "not a and not b")).sel(question="catastrophic")
    assert data["pair"].values.tolist() == ["A, B"]
    apart = divergence([0.05, 0.95], [0.35, 0.65])
    assert float(data["apart"][0]) == pytest.approx(apart, abs=1e-14)
    assert data["tells_apart"].values[0] == pytest.approx(
        [divergence([0.1, 0.9], [0.7, 0.3]), 0.0], abs=1e-14
    )
    after_b = divergence([0.1, 0.9], [0.7, 0.3]) / 2
    assert data["closes"].values[0] == pytest.approx([apart, apart - after_b], abs=1e-14)


def test_a_fact_that_drives_them_apart() -> None:
    """Both give 1/2 to bad; A thinks it happens where x does, and B where x does not."""
    number = '{{ experts = [{{ name = "A", credence = {} }}, {{ name = "B", credence = {} }}] }}'
    x = "[events.x]\nchance = 0.5\n"
    cases = f'[[events.e.given]]\nif = "x"\nchance = {number.format(0.9, 0.1)}\n'
    event = f"[events.e]\nchance = {number.format(0.1, 0.9)}\n{cases}"
    data = of(story(x + event, "e")).sel(question="catastrophic", fact="x")
    assert float(data["apart"][0]) == pytest.approx(0.0, abs=1e-15)
    assert float(data["closes"][0]) == pytest.approx(-divergence([0.1, 0.9], [0.9, 0.1]), abs=1e-14)


def test_two_stories() -> None:
    one, other = (model(story(ASSUMPTION.format(name="a", credence=c) + B + more, "not a and not b"))
                  for c, more in ((0.9, ""), (0.3, '[events.only]\nchance = 0.5\n')))  # fmt: skip
    data = discrimination(one, other)
    assert data["fact"].values.tolist() == ["a", "b"]
    assert float(data["apart"][0]) == pytest.approx(divergence([0.05, 0.95], [0.35, 0.65]), abs=1e-14)
    assert data["tells_apart"].values[0] == pytest.approx(divergence([0.1, 0.9], [0.7, 0.3]), abs=1e-14)
    assert data["risk"].values[:, 0] == pytest.approx([0.05, 0.35], abs=1e-15)
    assert data["chance"].values[:, 0] == pytest.approx([0.9, 0.3], abs=1e-15)  # that a holds


def test_the_chance_of_an_assumption_is_that_it_holds() -> None:
    """As its credence says, and as `sensa diff --discriminate` prints it."""
    data = of(story(ASSUMPTION.format(name="a", credence=0.9) + "[events.e]\nchance = 0.2\n", "e and not a"))
    assert data["chance"].sel(fact=["a", "e"]).values == pytest.approx([0.9, 0.2], abs=1e-15)


def test_uncertain_numbers_stay_uncertain() -> None:
    """A number read twice: P(bad) = E (1 - p)^2 = 1/3 with p uniform, no product of means; P(not a) = 1/2."""
    body = "[quantities.p]\nvalue = { uniform = [0, 1] }\n"
    body += ASSUMPTION.format(name="a", credence='"p"') + ASSUMPTION.format(name="b", credence='"p"')
    data = of(story(body, "not a and not b")).sel(question="catastrophic", fact="a")
    wanted = entropy(1 / 3, 2 / 3) - 0.5 * entropy(2 / 3, 1 / 3)
    assert float(data["bits"]) == pytest.approx(wanted, abs=1e-3)
    assert data.attrs["how"] == "parameters-sampled"


def test_the_section() -> None:
    """a leaves 0.4 of 0.722 bits, b 0.5 x H(0.4) = 0.486; H(0.4) - (H(0.1) + H(0.7)) / 2 = 0.296."""
    text = story(experts("a", 0.9, 0.3) + beta("b", 1, 1), "not a and not b")
    lines = render(answers(result(text, "outcomes", "settling_facts")), Paper(100)).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Facts that would settle it"))
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["a", "b", "Shares"]
    assert lines[at + 4].startswith("Numbers     knowing a number adds, of catastrophe: a 15 % and b ")
    said = " ".join(line.strip() for line in lines[at + 5 : at + 7])
    assert said.startswith("Experts     A and B are furthest apart, by 0.1")
    assert "a tells most of who is right, 0.30 bits, and closes 100 % of the gap" in said


@pytest.mark.parametrize(
    ("closes", "said"),
    [(1 - 7e-12, "closes 100 % of the gap"), (0.25, "closes 25 % of the gap"), (-0.25, "closes -25 % of")],
)
def test_how_much_of_the_gap_a_fact_closes(closes: float, said: str) -> None:
    """Not `1 - 7e-12 of the gap`."""
    tree = result(story(experts("a", 0.9, 0.3), "not a"), "settling_facts")
    group = tree["settling_facts"]
    group["closes"] = group["apart"].expand_dims(fact=group["fact"], axis=1) * closes
    assert said in " ".join(render(answers(tree), Paper(100)).split())


def test_knowing_an_uncertain_number() -> None:
    """P(bad) = 1 - p with p uniform: 1 bit is open, and knowing p leaves E H(p) = 1 / (2 ln 2) of it."""
    data = of(story(beta("a", 1, 1), "not a")).sel(question="catastrophic")
    assert data["number"].values.tolist() == ["assumptions.a.credence"]
    assert float(data["number_bits"][0]) == pytest.approx(1 - 1 / (2 * np.log(2)), abs=1e-12)
    assert float(data["number_share"][0]) == pytest.approx(1 - 1 / (2 * np.log(2)), abs=1e-12)


def test_knowing_who_is_right_is_knowing_the_number() -> None:
    """Of a number that is 0.9 or 0.3, its bits are those of who is right about it."""
    data = of(story(experts("a", 0.9, 0.3), "not a")).sel(question="catastrophic")
    wanted = entropy(0.4, 0.6) - (entropy(0.1, 0.9) + entropy(0.7, 0.3)) / 2
    assert float(data["number_bits"][0]) == pytest.approx(wanted, abs=1e-10)


def test_stories_that_are_not_prepared_are_refused() -> None:
    plain = parse(story(ASSUMPTION.format(name="a", credence=0.5), "not a"), "story")
    with pytest.raises(TypeError, match=r"^expected prepared stories, got `Story`; `sensa.prepare` gives"):
        discrimination(plain, plain)  # type: ignore[arg-type]
