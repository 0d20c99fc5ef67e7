"""Sheets out and back: questions, answers as people write them, and the story afterwards."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensa.cli import app
from sensa.elicitation.coherence import complaints
from sensa.elicitation.sheets import Answer, Seed, answers, questions, seeds_of, sheet, with_answers
from sensa.exchange.errors import ExchangeError
from sensa.pipeline import analyse, prepare
from sensa.stories.reading import parse
from sensa.stories.story import Story
from tests.short_stories import story

TEXT = story(
    """
[assumptions.holds]   # a comment
claim = "=SUM(A1) holds"
part = "goal.desirability"
credence = 0.9
given = [{ if = "shifted", credence = 0.5 }]
[assumptions.counted]
claim = "It was counted"
part = "goal.desirability"
credence = { held = 9, trials = 10 }
[events.shifted]
claim = "The data shift"
chance = { experts = [{ name = "Ana", credence = 0.2 }] }
[quantities.rate]
claim = "How often"
unit = "1/day"
value = { low = 1, high = 2 }
[events.often]
chance = "within(rate, 1)"
""",
    "not holds or not counted or often",
)
HEAD = "id,claim,question,low,mid,high,why\n"


def read() -> Story:
    return parse(TEXT, "story")


def test_every_number_that_can_be_judged_is_asked_for_once() -> None:
    asked = {question.id: question.text for question in questions(read().document)}
    assert asked == {
        "quantities.rate.value": "What is it, in 1/day?",
        "assumptions.holds.credence": "How probable is it, if none of the cases below applies?",
        "assumptions.holds.given[0].credence": "How probable is it if `shifted`?",
        "events.shifted.chance": "How probable is it?",
        "check.holds": "How probable is it in all?",
        "check.holds.if": "How probable is it that `shifted`?",
    }


def test_no_cell_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(sheet(read(), [Seed("s", "-1 or +1?", 1.0)]), newline="")))
    assert [row["claim"] for row in rows if row["id"] == "assumptions.holds.credence"] == ["'=SUM(A1) holds"]
    assert rows[-1]["question"] == "'-1 or +1?"
    assert "1.0" not in str(rows[-1])  # the answer is not on the sheet


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        ("0.5,0.6,0.8,", Answer(0.5, 0.6, 0.8)),
        ("50 %,60%,80\u00a0%,because", Answer(0.5, 0.6, 0.8, "because")),
        (',"0,6",,', Answer(None, 0.6, None)),
        ("0.5,,0.8,'=x", Answer(0.5, None, 0.8, "=x")),
    ],
)
def test_answers_as_people_write_them(cells: str, answer: Answer) -> None:
    data = f"{HEAD}events.shifted.chance,c,q,{cells}\n,,,,,,\nassumptions.holds.credence,c,q,,,,no idea\n"
    assert answers(data.encode(), read()) == {"events.shifted.chance": answer}


def test_semicolons_and_other_columns() -> None:
    data = "\ufeffWhy;ID;High;Mid;Low\r\nx;events.shifted.chance;0,3;0,2;0,1\r\n"
    assert answers(data.encode(), read()) == {"events.shifted.chance": Answer(0.1, 0.2, 0.3, "x")}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("events.none.chance,c,q,,0.5,,", "row `events.none.chance` is no question of this sheet"),
        ("events.shifted.chanc,c,q,,0.5,,", "this sheet (did you mean `events.shifted.chance`?)"),
        ("events.often.chance,c,q,,0.5,,", "`events.often.chance` is no question: the number is computed"),
        ("assumptions.counted.credence,c,q,,0.5,,", "is no question: the number is counted from trials"),
        ("events.shifted.chance,c,q,0.5,,,", "row `events.shifted.chance`: `low` and `high` go together"),
        ("events.shifted.chance,c,q,0.5,0.4,0.6,", "low < mid < high must hold: 0.5, 0.4, 0.6"),
        ("events.shifted.chance,c,q,,60,,", "a probability is within 0 and 1 (or 0 % and 100 %)"),
        ("events.shifted.chance,c,q,,likely,,", "`likely` is no number"),
        ("events.shifted.chance,c,q,,1e-400,,", "`1e-400` is too small to tell from 0"),
        ('events.shifted.chance,c,q,,"1,000",,', "`1,000` may be thousands or thousandths"),
        ("events.shifted.chance,c,q,,1e999,,", "`1e999` is no finite number"),
        ("events.shifted.chance,c,q,,nan,,", "`nan` is no finite number"),
        (
            "events.shifted.chance,c,q,0,0.1,0.3,",
            "row `events.shifted.chance`: `low` is 0, but 5 % lie below it: it is above 0",
        ),
        ("events.shifted.chance,c,q,0,,0.3,", "`low` is 0, but 5 % lie below it: it is above 0"),
        ("events.shifted.chance,c,q,0.5,,100 %,", "`high` is 100 %, but 5 % lie above it: it is below 1"),
        ("events.shifted.chance,c,q,,1,,\nevents.shifted.chance,c,q,,1,,", "is there twice"),
    ],
)
def test_answers_that_cannot_be_meant(row: str, message: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        answers(f"{HEAD}{row}\n".encode(), read())
    assert message in str(caught.value)


def test_all_wrong_rows_are_told_at_once() -> None:
    rows = "".join(f"events.none{i}.chance,c,q,,0.5,,\n" for i in range(12))
    with pytest.raises(ExchangeError) as caught:
        answers(f"{HEAD}events.shifted.chance,c,q,0.5,,,\n{rows}".encode(), read())
    said = str(caught.value).split("; ")
    assert said[0] == "row `events.shifted.chance`: `low` and `high` go together"
    assert said[1].startswith("row `events.none0.chance` is no question of this sheet")
    assert said[10:] == ["and 3 more"]


def test_of_some_numbers_experts_are_not_asked() -> None:
    text = story("[choices.m.options]\nx = { weight = 1 }\ny = { weight = 2 }\n", "m == 'x'")
    data = f"{HEAD}choices.m.options.x.weight,c,q,,2,,\n".encode()
    with pytest.raises(ExchangeError, match="experts are not asked for numbers of its kind"):
        answers(data, parse(text, "story"))


def test_files_that_are_no_sheets() -> None:
    for data, message in (
        (b"", "the first row names no column `id`"),
        (b"id,low\n", "the first row names no column `mid`"),
        (b"PK\0\0", "is no text; save the sheet as CSV"),
        (b"id,low,mid,high\n" * 70_000, "has more than 1 MiB"),
    ):
        with pytest.raises(ExchangeError, match=message):
            answers(data, read())


def test_answers_become_entries_of_experts_and_the_rest_stays() -> None:
    given = {
        "assumptions.holds.credence": Answer(0.8, 0.9, 0.95, "seen"),
        "events.shifted.chance": Answer(None, 0.4, None),
        "check.holds": Answer(None, 0.9, None),
    }
    once = with_answers(read(), "Bo", None, given)
    text = once.to_toml()
    new = (
        'credence = { experts = [{ name = "Bo", credence = { quantiles = [[0.05, 0.8], [0.5, 0.9], [0.95,'
        ' 0.95]] }, why = "seen" }] }'
    )
    wanted = TEXT.replace("credence = 0.9\n", f"{new}\n")
    wanted = wanted.replace(
        '{ name = "Ana", credence = 0.2 }',
        '{ name = "Ana", credence = 0.2 }, { name = "Bo", credence = 0.4 }',
    )
    assert text == wanted
    again = with_answers(once, "Bo", None, {"events.shifted.chance": Answer(None, 0.6, None)})
    assert again.to_toml() == wanted.replace("credence = 0.4", "credence = 0.6")


def test_what_a_story_refuses_is_said_by_the_row() -> None:
    """Whatever rule of the story's numbers an answer breaks, a person with the sheet finds the row."""
    with pytest.raises(ExchangeError, match=r"^row `events\.shifted\.chance`: a quantile of a probability"):
        with_answers(read(), "Bo", None, {"events.shifted.chance": Answer(0.0, 0.1, 0.2)})


def test_two_answers_are_a_mixture_in_the_result() -> None:
    """Shifted with 0.2 or 0.4, each with weight 1: P(shifted) = 0.3."""
    after = with_answers(read(), "Bo", None, {"events.shifted.chance": Answer(None, 0.4, None)})
    text = f'{after.to_toml()}\n[expect]\n"P(shifted)" = {{ value = 0.3, within = 1e-12 }}\n'
    tree = analyse(prepare(parse(text, "story")), ["expectations"])
    assert bool(tree["expectations"]["met"].all())


BASE, CASE = "assumptions.holds.credence", "assumptions.holds.given[0].credence"


@pytest.mark.parametrize(
    ("whole", "condition", "inside", "outside", "said"),
    [
        (0.7, 0.5, 0.5, 0.9, None),  # 0.5 x 0.5 + 0.9 x 0.5 = 0.7
        (0.73, 0.5, 0.5, 0.9, None),  # near enough
        (0.9, 0.5, 0.5, 0.9, "holds: 0.9 in all, but 0.5 in the case (0.5) and 0.9 otherwise give 0.7"),
        (0.7, 0.5, 0.5, None, None),  # between 0.25 and 0.75
        (0.9, 0.5, 0.5, None, "holds: 0.9 in all, but 0.5 in the case (0.5) leaves only 0.25 to 0.75"),
        (None, 0.5, 0.5, 0.9, None),
    ],
)
def test_answers_that_cannot_hold_together(
    whole: float | None, condition: float, inside: float, outside: float | None, said: str | None
) -> None:
    stated = {"check.holds": whole, "check.holds.if": condition, CASE: inside, BASE: outside}
    given = {key: Answer(None, value, None) for key, value in stated.items() if value is not None}
    assert list(complaints(read(), given)) == ([] if said is None else [said])


def test_seeds() -> None:
    assert seeds_of(b"id,question,value\nx,How many?,12\n") == (Seed("x", "How many?", 12.0),)
    with pytest.raises(ExchangeError, match="two seeds have one id"):
        seeds_of(b"id,question,value\nx,a,1\nx,b,2\n")
    with pytest.raises(ExchangeError, match="seed `x` has no id or no value"):
        seeds_of(b"id,question,value\nx,a,\n")


def called(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["elicit", *arguments])


def test_the_command_with_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bo's ranges miss both seeds, Ana's have them: Ana gets nearly all the weight."""
    monkeypatch.chdir(tmp_path)
    Path("story.toml").write_text(TEXT, "utf-8")
    Path("seeds.csv").write_text("id,question,value\none,First?,5\ntwo,Second?,6\n", "utf-8")
    assert called("story.toml", "-o", "sheet.csv", "--seeds", "seeds.csv").exit_code == 0
    rows = list(csv.reader(io.StringIO(Path("sheet.csv").read_text("utf-8-sig"), newline="")))
    for name, low, mid, high in (("ana", 1, 4, 10), ("bo", 20, 21, 22)):
        filled = [
            [*row[:3], str(low), str(mid), str(high), ""]
            if row[0].startswith("seed.")
            else [*row[:3], "", "0.6", "", ""]
            if row[0] == CASE
            else row
            for row in rows
        ]
        with Path(f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(filled)
    done = called("story.toml", "--answers", "Ana=ana.csv", "--answers", "Bo=bo.csv", "--seeds", "seeds.csv")
    assert done.exit_code == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Ana: 1 number; calibration ")
    assert second.startswith("Bo: 1 number; calibration ")
    experts = parse(Path("story.toml").read_text("utf-8"), "s").values["assumptions"]["holds"]["given"][0][
        "credence"
    ]["experts"]
    assert [expert["name"] for expert in experts] == ["Ana", "Bo"]
    assert experts[0]["weight"] > 0.9


def test_what_the_command_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.toml").write_text(TEXT, "utf-8")
    assert called("story.toml").exit_code == 2
    assert called("story.toml", "--answers", "ana.csv").exit_code == 2
    for path in ("story.toml", "filled.csv"):
        Path("filled.csv").write_text("by an expert", "utf-8")
        done = called("story.toml", "-o", path)
        assert done.exit_code == 2
        assert f"{path}: already exists, and is left as it is" in done.stderr
    assert Path("story.toml").read_text("utf-8") == TEXT
    assert Path("filled.csv").read_text("utf-8") == "by an expert"
    assert "needs `--seeds`" in called("story.toml", "--answers", "A=a.csv", "--cutoff", "0.5").stderr
    twice = called("story.toml", "--answers", "Ana=a.csv", "--answers", "Ana=b.csv")
    assert twice.exit_code == 2
    assert "`Ana`: named twice" in twice.stderr
    done = called("story.toml", "--answers", "Ana=ana.csv")
    assert (done.exit_code, done.stderr) == (2, "sensa: story.toml: ana.csv: no such file or directory\n")
    Path("ana.csv").write_text(f"{HEAD}{BASE},c,q,0.1,0.5,1.0,\n", "utf-8")
    done = called("story.toml", "--answers", "Ana=ana.csv")
    assert (done.exit_code, done.stdout) == (2, "")
    said = f"ana.csv: row `{BASE}`: `high` is 1.0, but 5 % lie above it: it is below 1"
    assert done.stderr == f"sensa: story.toml: {said}\n"
    assert Path("story.toml").read_text("utf-8") == TEXT
