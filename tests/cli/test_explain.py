"""`sensa explain`, on a story whose numbers are plain."""

import json
import re
from pathlib import Path

import pytest
from scipy import stats
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.reports.explain import names as explaining_names
from sensa.reports.layout import columns
from sensa.stories.loading import load
from tests.comparing.stories import HEAD

STORY = (
    HEAD
    + """
[assumptions.narrow]
claim = "It stays narrow"
part = "goal.specification"
credence = 0.8
because = "It was so \\u001b[31mbefore."

[assumptions.seen]
claim = "A plan would be seen"
part = "goal.desirability"
credence = 0.5

[challenges.hidden]
against = "seen"
kind = "undercut"
claim = "Plans may be hidden"
stands = 0.5
leaves = 0.1

[events.plans]
when = "not narrow"
chance = { beta = [5, 5] }

[outcomes.harm]
kind = "catastrophic"
when = "plans and not seen"
loss = 1.0
[outcomes.stopped]
kind = "fail_safe"
when = "plans"
[outcomes.works]
kind = "success"
otherwise = true

[properties.budget]
require = "P(catastrophic) <= 0.05"
[properties.no_single_point]
require = "P(catastrophic) <= 0.2"
forall = { violate = { max = 2 } }
"""
)


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "story.toml").write_text(STORY)

    def call(*args: str) -> Result:
        command = ["explain", str(tmp_path / "story.toml"), *args, "--quiet"]
        return CliRunner().invoke(app, command)

    return call


def test_an_assumption(explain) -> None:
    """P(seen) = .5 x .5 + .5 x .1 = .3, so P(harm) = .2 x .5 x .7 = .07, and .35 with narrow violated."""
    shown = explain("narrow")
    assert shown.exit_code == 0
    assert "assumption narrow" in shown.stdout
    assert "It was so \\x1b[31mbefore." in shown.stdout
    assert "with probability 20 %" in shown.stdout
    row = next(line for line in shown.stdout.splitlines() if line.startswith("harm "))
    assert re.split(r"\s{2,}", row) == ["harm", "7.0 %", "35 %", "+28 pts", "0 %", "35 %", "100 %"]


def test_json_has_the_same(explain) -> None:
    found = json.loads(explain("seen", "--format", "json").stdout)
    assert found["kind"] == "assumption"
    facts = {fact["label"]: fact["text"] for fact in found["facts"]}
    assert facts["challenged"] == "hidden (undercut, open): Plans may be hidden"
    assert facts["read by"] == "harm"
    (table,) = [table for table in found["tables"] if table["title"] == "outcome"]
    harm = next(row["values"] for row in table["rows"] if row["name"] == "harm")
    assert harm[:4] == pytest.approx([0.07, 0.1, 0.03, 0.0], abs=1e-12)


def test_json_has_the_waivers_of_a_property(explain, tmp_path: Path) -> None:
    """The risk is .07, and the waiver lets it pass until its last day."""
    waiver = '[[waivers]]\nproperty = "budget"\nreason = "A drill is booked"\nexpires = 2999-12-31\n'
    (tmp_path / "story.toml").write_text(STORY + waiver)
    verdict = json.loads(explain("budget", "--format", "json").stdout)["verdict"]
    assert verdict["status"] == "waived"
    assert verdict["left"]["low"] == pytest.approx(0.07, abs=1e-12)
    assert [one["expires"] for one in verdict["waivers"]] == ["2999-12-31"]


@pytest.mark.parametrize(
    "name", ["plans", "hidden", "harm", "events.plans.chance", "assumptions.seen.credence"]
)
def test_any_name(explain, name: str) -> None:
    shown = explain(name)
    assert shown.exit_code == 0
    assert name in shown.stdout.splitlines()[0]


CERTAIN = STORY.replace("{ beta = [5, 5] }", "0.5")
BARE = CERTAIN.replace("loss = 1.0\n", "")
NO_ASSUMPTION = """[events.plans]
chance = 0.5
[outcomes.harm]
kind = "catastrophic"
when = "plans"
loss = 2.0
[outcomes.stopped]
kind = "fail_safe"
when = "false"
[outcomes.works]
kind = "success"
otherwise = true
"""
WITHOUT_ASSUMPTION = STORY[: STORY.index("[assumptions.narrow]")] + NO_ASSUMPTION


@pytest.mark.parametrize("text", [CERTAIN, BARE, WITHOUT_ASSUMPTION])
def test_a_story_without_an_uncertain_number(explain, tmp_path: Path, text: str) -> None:
    (tmp_path / "story.toml").write_text(text)
    shown = explain("plans")
    assert shown.exit_code == 0, shown.output
    assert re.search(r"chance +0\.5", shown.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("text", [CERTAIN, BARE, WITHOUT_ASSUMPTION])
def test_every_name_of_a_story_without_an_uncertain_number(explain, tmp_path: Path, text: str) -> None:
    (tmp_path / "story.toml").write_text(text)
    names = sorted(explaining_names.names(load(tmp_path / "story.toml")))
    assert {"plans", "harm", "catastrophic"} <= {*names}
    for name in names:
        shown = explain(name)
        assert shown.exit_code == 0, (name, shown.output)


def told(result: Result) -> tuple[dict[str, str], dict[str, dict[str, list[float]]]]:
    """Facts, and tables by title and row, of what was printed as JSON."""
    found = json.loads(result.stdout)
    tables = {
        table["title"]: {
            row["name"]: dict(zip(table["columns"], row["values"], strict=True)) for row in table["rows"]
        }
        for table in found["tables"]
    }
    facts: dict[str, str] = {}
    for fact in found["facts"]:
        facts[fact["label"]] = " | ".join(filter(None, [facts.get(fact["label"]), fact["text"]]))
    return facts, tables


def test_what_an_assumption_tips_breaks_and_is_worth(explain) -> None:
    """P(harm) = .35 (1 - c): .1 at c = 1 - 2/7. With stopping at the price of going on, .07, to know whether
    it holds saves .2 x (.35 - .07)."""
    facts, tables = told(explain("narrow", "--format", "json"))
    row = tables["tipping point"]["P(catastrophic) = 10 %"]
    assert row == pytest.approx({"credence": 1 - 2 / 7, "now": 0.8}, abs=1e-12)
    assert facts["breaks"].startswith("no_single_point, P(catastrophic) <= 0.2: with narrow violated (cx-")
    assert facts["sets"] == (
        "catastrophic possible with narrow and seen violated | failure possible with narrow violated"
    )
    assert tables["worth knowing"]["whether it is true"]["break even"] == pytest.approx(0.056, abs=1e-12)
    assert tables["importance"]["birnbaum"]["catastrophic"] == pytest.approx(0.35, abs=1e-12)
    assert tables["importance"]["raw"]["catastrophic"] == pytest.approx(5.0, abs=1e-12)
    assert tables["importance"]["rrw"]["catastrophic"] == "inf"
    assert tables["violated with"]["seen"]["catastrophic"] == pytest.approx(0.5, abs=1e-12)


def test_an_event(explain) -> None:
    """It happens with .2 x .5; wherever it can, P(harm) = .2 x .7; it alone moves the risk."""
    facts, tables = told(explain("plans", "--format", "json"))
    assert facts["likely"] == "happens with probability 10 %"
    assert facts["chance"].startswith("beta(5, 5): mean 0.5, 90 % within 0.251 to 0.749")
    wanted = {"now": 0.07, "always": 0.14, "never": 0.0, "seen to happen": 0.7}
    assert tables["outcome"]["harm"] == pytest.approx(wanted, abs=1e-12)
    assert tables["share of the variance"]["plans.chance"]["the risk"] == pytest.approx(1.0, abs=1e-12)
    density = stats.beta(5, 5)
    above = density.expect(lambda c: 0.14 * (c - 0.5), lb=0.5)
    assert tables["worth knowing"]["plans.chance"]["break even"] == pytest.approx(above, abs=1e-9)


def test_an_outcome(explain) -> None:
    facts, tables = told(explain("harm", "--format", "json"))
    assert facts["sets"] == "harm possible with narrow and seen violated"
    wanted = {"violated": 0.35, "change": 0.28, "holding": 0.0, "seen violated": 0.35, "violated then": 1.0}
    assert tables["with"]["narrow"] == pytest.approx(wanted, abs=1e-12)
    assert list(tables["with"]) == ["narrow", "seen"]
    assert tables["uncertain number"]["plans.chance"] == pytest.approx({"total": 1.0, "alone": 1.0}, abs=1e-9)


def test_a_choice(explain, tmp_path: Path) -> None:
    """Two options, 3 to 1; the second is as good as a violation."""
    text = STORY.replace(
        "[events.plans]", "[choices.m.options]\nmany = { weight = 3 }\nfew = { weight = 1 }\n\n[events.plans]"
    ).replace('when = "not narrow"', 'when = "not narrow or m == \\"few\\""')
    (tmp_path / "story.toml").write_text(text)
    facts, tables = told(explain("m", "--format", "json"))
    assert facts["numbers"] == "options.many.weight 3; options.few.weight 1"
    assert tables["option"]["few"] == pytest.approx(
        {"picked": 0.25, "catastrophic then": 0.35, "failing then": 0.5}, abs=1e-12
    )


def test_a_number(explain) -> None:
    facts, tables = told(explain("events.plans.chance", "--format", "json"))
    assert facts["of"] == "plans"
    assert facts["claimed"].startswith("beta(5, 5): mean 0.5")
    assert list(tables) == ["share of the variance", "worth knowing"]
    assert told(explain("assumptions.narrow.credence", "--format", "json"))[0]["claimed"] == "0.8"


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("name", ["narrow", "plans", "harm", "hidden", "events.plans.chance"])
def test_it_fits_the_screen(explain, monkeypatch: pytest.MonkeyPatch, width: int, name: str) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = explain(name).stdout.splitlines()
    assert len(lines) > 5
    assert max(map(columns, [lines[0], *lines[2:]])) <= width  # a place is never cut: it is to be opened
    assert all(line.isprintable() for line in lines)


HOSTILE = """{ experts = [
  { name = "\\u001b[31mA", credence = 0.7 }, { name = "[bold]B", credence = { beta = [9, 1] } } ] }"""


def test_hostile_words_come_out_as_text(explain, tmp_path: Path) -> None:
    """In claims, owners, experts' names, and in the name asked for."""
    text = STORY.replace("credence = 0.8", f'credence = {HOSTILE}\nowner = "a\\u0000b\\u202e"')
    (tmp_path / "story.toml").write_text(text.replace("may be hidden", "may \\u009b2J be hidden"))
    for name in ("narrow", "hidden", "seen", "assumptions.narrow.credence"):
        shown = explain(name)
        assert shown.exit_code == 0
        assert all(line.isprintable() for line in shown.stdout.splitlines())
    facts, _ = told(explain("assumptions.narrow.credence", "--format", "json"))
    assert facts["claimed"].startswith("linear pool of \x1b[31mA point(0.7), [bold]B beta(9, 1): mean 0.8,")
    assert "\x1b" not in explain("narr\x1b[2Jow").stderr


def test_a_property_and_its_counterexample(explain) -> None:
    """Broken by narrow's violation alone (.35), and by both (.5): each part of the nearest is needed."""
    shown = explain("no_single_point").stdout.splitlines()
    assert shown[0] == "✗ fail      no_single_point: P(catastrophic) <= 0.2"
    (nearest,) = [line for line in shown if line.strip().startswith("nearest")]
    assert nearest.endswith("narrow violated (0.35 > 0.2)")
    counterexample = nearest.split()[1].rstrip(":")
    replayed = explain(counterexample).stdout.splitlines()
    assert replayed[0] == "no_single_point: P(catastrophic) <= 0.2"
    assert "      narrow → plans → harm" in replayed
    assert "      without narrow it holds, by 0.13" in replayed
    found = json.loads(explain(counterexample, "--format", "json").stdout)["witness"]
    assert found["violated"] == ["narrow"]


def test_an_unknown_name(explain) -> None:
    wrong = explain("narow")
    assert wrong.exit_code == 2
    assert "did you mean `narrow`?" in wrong.stderr
    assert explain("cx-00000000").exit_code == 2


WORDS = """
[choices.model.options]
agentic = { weight = 3, tags = ["risky"] }
tool = { weight = 1 }
[[phases]]
name = "train"
repeat = 2
axes = { scale = 0.5 }
"""


@pytest.mark.parametrize(
    ("name", "kind", "fact"),
    [
        ("▲ harm", "outcome", ("kind", "catastrophic")),
        ("plans.chance", "number", ("of", "plans")),
        ("events.plans.chance", "number", ("of", "plans")),
        ("narrow + seen", "numbers", ("of", "narrow, seen")),
        ("hidd…", "challenge", ("against", "seen")),
        ("catastrophic", "kind", ("outcomes", "harm")),
        ("failure", "kind", ("outcomes", "harm, stopped")),
        ("safe, if it fails", "measure", ("value", "30 %")),
        ("model: agentic", "option", ("likely", "picked with probability 75 %")),
        ("model.agentic", "option", ("tags", "risky")),
        ("risky", "tag", ("options", "model: agentic")),
        ("train", "phase", ("steps", "steps 1 to 2")),
        ("scale", "axis", ("value", "0.5 in train")),
        ("goal alignment", "criterion", ("means", "that all of its assumptions hold: narrow, seen")),
        ("goal.specification", "part", ("says", "A narrow model.")),
        ("unmodelled", "mode", ("event", "the story has none of this mode")),
        ("open-challenge", "code", ("means", "a challenge that nobody answered (a warning)")),
    ],
)
def test_every_kind_of_name(explain, tmp_path: Path, name: str, kind: str, fact: tuple[str, str]) -> None:
    """P(harm) = .07 of P(failure) = .1, so that of failures 30 % are safe; 3 to 1 is 75 %."""
    (tmp_path / "story.toml").write_text(STORY + WORDS)
    shown = explain(name)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"{kind} ")
    found = json.loads(explain(name, "--format", "json").stdout)
    assert found["kind"] == kind
    assert {"label": fact[0], "text": fact[1]} in found["facts"]


def test_a_kind_and_what_violations_change(explain) -> None:
    """P(failure) = P(not narrow) / 2, whatever is seen."""
    facts, tables = told(explain("failure", "--format", "json"))
    assert facts["likely"] == "10 %"
    assert tables["with"]["narrow"] == pytest.approx(
        {"violated": 0.5, "change": 0.4, "holding": 0.0}, abs=1e-12
    )
    assert tables["with"]["seen"]["change"] == pytest.approx(0.0, abs=1e-12)


def test_a_case_that_breaks_a_rule(explain, tmp_path: Path) -> None:
    """By the file of rules that has it."""
    rules = tmp_path / "rules.toml"
    rules.write_text(
        'format = "property-rules/1"\n[properties.strict]\nrequire = "P(catastrophic) <= 0.01"\n'
    )
    shown = explain("strict", "--properties", str(rules))
    assert shown.exit_code == 0
    assert shown.stdout.startswith("✗ fail      strict: P(catastrophic) <= 0.01")


def test_an_interrupt_amid_the_analyses_explains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was computed before it."""
    from sensa.analyses import ANALYSES

    def stopped(session: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(ANALYSES, "violations", stopped)  # type: ignore[arg-type]
    (tmp_path / "story.toml").write_text(STORY)
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["explain", "story.toml", "narrow"])
    assert (told.exit_code, told.stdout) == (130, "")
    assert "interrupted" in told.stderr


def test_the_worth_of_knowing_says_what_stopping_costs(explain) -> None:
    said = " ".join(explain("narrow").stdout.split())
    assert "(the loss saved by knowing it before deciding to stop, at no cost or at that of going on)" in said
