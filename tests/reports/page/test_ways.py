"""The four ways and all else that is asked for by name: every number of theirs is one of the result."""

from dataclasses import replace

from sensa.analyses import ANALYSES
from sensa.reports.number_format import percent
from sensa.reports.page.plain_tables import tables
from sensa.reports.result.story_result import StoryResult
from tests.reports.page.pages import Element, library, page_of, read, result_of
from tests.short_stories import beta, losing, story

BASE = ("outcomes", "kinds", "violations")
TINY = losing(story(beta("a", 9, 2) + beta("b", 3, 1), "not a and not b", "not b"), bad="10")


def _rows(section: Element, style: str = "way") -> list[list[str]]:
    (table,) = section.all("table", style)
    return [[cell.text for cell in row.all("td")] for row in table.all("tr") if row.all("td")]


def _values(result: StoryResult, analysis: str, name: str) -> list:
    assert result.answers is not None
    found: list = result.answers.others[analysis]["variables"][name]["values"]
    return found


def _said(section: Element) -> dict[str, str]:
    return {row.all("dt")[0].text: row.all("dd")[0].text for row in section.all("dl", "facts")[0].all("div")}


def test_capabilities() -> None:
    """The story's arithmetic, by hand in its file, gives what each gates; see `test_capabilities.py`."""
    result = library("deceptive_capability", [*BASE, "capabilities"])
    section = page_of(result)[1].by_id("capabilities")
    assert result.answers is not None
    names = result.answers.others["capabilities"]["coordinates"]["capability"]["values"]
    rows = {row[0]: row for row in _rows(section) if row[0]}
    assert set(rows) == set(names)
    columns = [
        _values(result, "capabilities", name) for name in ("chance", "gated_in_all", "absent", "present")
    ]
    labels = [svg.attributes.get("aria-label") or "" for svg in section.all("svg")]
    for name, chance, gates, absent, present in zip(names, *columns, strict=True):
        assert rows[name][1:3] == [percent(chance), percent(gates)]
        said = f"without it {percent(absent)}, with it {percent(present)}, if missed "
        assert any(" ".join(label.split()).startswith(said) for label in labels)
    assert "Reaches" in _said(section)


def test_models_are_the_likeliest_first_and_those_that_conform_are_marked() -> None:
    result = library("cat_classifier", [*BASE, "model_space"])
    section = page_of(result)[1].by_id("model_space")
    rows = _rows(section)
    posterior = sorted(_values(result, "model_space", "posterior"), reverse=True)
    assert [row[1] for row in rows] == [percent(p) for p in posterior]
    assert [row[0] for row in rows if "✓ conforms" in row[0]] == ["human cues ✓ conforms"]
    assert "effective models" in _said(section)["Space"]


def test_paths_modes_axes() -> None:
    names = ["paths", "modes", "axes"]
    result = library("most_danger_in_training", [*BASE, *names])
    document = page_of(result)[1]
    assert [one.attributes["id"] for one in document.all("section") if one.attributes.get("id") in names] == [
        "paths", "axes", "modes"
    ]  # fmt: skip
    assert {row[0].split(" ", 1)[1] for row in _rows(document.by_id("paths"))} <= {
        name.replace("_", " ")
        for name in result.answers.outcomes  # type: ignore[union-attr]
    }
    effects = sorted(_values(result, "axes", "risk_effect"), key=lambda x: -abs(x))
    assert _rows(document.by_id("axes"))[0][1] == f"{100 * effects[0]:+.2g} pts"
    assert "falls in training" in _said(document.by_id("axes"))["Danger"]
    kinds = result.answers.others["modes"]["coordinates"]["kind"]["values"]  # type: ignore[union-attr]
    through = document.by_id("modes").all("table", "way")[0]
    column = [row.all("td")[1 + kinds.index("catastrophic")].text for row in through.all("tr")[1:]]
    flow = _values(result, "modes", "kind_flow")[kinds.index("catastrophic")]
    assert sorted(column) == sorted(percent(p) for p in flow)


PREDICTED = {
    "note": "",
    "how": "exact",
    "coordinates": {
        "number": {"dims": ["number"], "values": ["events.hides.chance"]},
        "quantile": {"dims": ["quantile"], "values": [0.05, 0.5, 0.95]},
        "source": {"dims": ["source"], "values": ["sampling", "slope"]},
    },
    "variables": {
        "mean": {"dims": ["number"], "values": [0.125]},
        "quantiles": {"dims": ["number", "quantile"], "values": [[0.05, 0.1, 0.25]]},
        "decades": {"dims": ["number"], "values": [2.0]},
        "share": {"dims": ["number", "source"], "values": [[0.25, 0.75]]},
        "held": {"dims": ["number"], "values": [0.0]},
        "trials": {"dims": ["number"], "values": [40.0]},
    },
}


def test_what_smaller_models_did() -> None:
    """A result made by hand; the analysis takes seconds."""
    result = result_of(TINY)
    assert result.answers is not None
    answers = replace(result.answers, others={"extrapolation": PREDICTED})
    section = page_of(replace(result, answers=answers))[1].by_id("extrapolation")
    doubt = "slope 75 %, sampling 25 %"
    assert _rows(section)[1:] == [["hides.chance", "12 %", "", "5.0 % to 25 %", "2.0", doubt]]
    assert "at most 25 % (95 %) means something" in _said(section)["Never seen"]


def test_whatever_is_asked_for_is_on_the_page() -> None:
    """Each analysis that gives anything for this story has its section or its tables."""
    result = result_of(TINY, analyses=[*BASE, *(name for name in ANALYSES if name not in BASE)])
    document = page_of(result)[1]
    ids = [one.attributes["id"] for one in document.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    assert result.answers is not None
    summaries = {one.text for one in document.by_id("others").all("summary")}
    for name, data in result.answers.others.items():
        if list(tables(data)) and name not in ("distributions", "specification_audit", "stated"):
            assert name in ids or name.replace("_", " ").capitalize() in summaries, name
    assert "There is nothing: " in document.by_id("axes").text


def test_tables_escape_and_end() -> None:
    """A name that is markup is text, and a long table says how much more there is."""
    hostile = "<script>x</script>"
    data = {
        "note": "",
        "how": "exact",
        "coordinates": {"thing": {"dims": ["thing"], "values": [hostile, *map(str, range(59))]}},
        "variables": {"value": {"dims": ["thing"], "values": [0.5, None, "inf", True, *[1.0] * 56]}},
    }
    ((name, html),) = tables(data)
    found = read(f"<div>{html}</div>")
    assert name == "by thing"
    assert found.all("script") == []
    assert [cell.text for cell in found.all("td")[:8]] == [hostile, "0.500", "0", "–", "1", "inf", "2", "yes"]
    assert found.all("p", "sub")[0].text == "and 20 more rows"


def test_a_specification_and_stated_results_are_said() -> None:
    text = TINY + '\n[stated]\n"P(failure)" = { value = 0.5, source = "A paper" }\n'
    result = result_of(text)
    assert result.answers is not None
    document = page_of(result)[1]
    (row,) = [
        row
        for table in document.all("table", "way")
        for row in [r.text for r in table.all("tr")]
        if "A paper" in row
    ]
    assert "50 % is stated; the parts give 25" in row.replace("\xa0", " ")
    audited = page_of(library("cat_classifier"))[1].by_id("criteria").text
    assert "As specified: fails goal alignment" in audited


def test_an_observation_is_beside_what_is_without_it() -> None:
    """P(poor) = 9/11 x 0.25 in all; given not a, with 2/11, there is none, and P(bad) is 0.25, not 2/44."""
    from sensa import pipeline
    from sensa.reports.result.from_tree import answers
    from sensa.sampling.settings import Settings
    from sensa.stories.loading import loads

    tree = pipeline.analyse(pipeline.prepare(loads(TINY), Settings(points=64)), given="not a")
    document = page_of(replace(result_of(TINY), answers=answers(tree)))[1]
    rows = {row[0]: row[1:] for row in _rows(document.all("div", "block")[0], "since")}
    assert rows["○ poor"] == ["0 %", "20 %"]
    assert rows["▲ bad"] == ["25 %", "4.5 %"]
    assert "its probability is 18" in document.text
