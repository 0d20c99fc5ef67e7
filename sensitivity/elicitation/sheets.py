"""A sheet that an expert fills in without TOML, and the answers in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sensa.exchange.errors import ExchangeError
from sensa.exchange.spreadsheets import number, read, safe, written
from sensa.stories import traversal
from sensa.stories.numbers.forms.experts import ProbabilityExperts, RealExperts
from sensa.stories.problems import Path, StoryError, did_you_mean, near, path_of, path_text
from sensa.stories.schema.document import Document
from sensa.stories.story import Story

COLUMNS = ("id", "claim", "question", "low", "mid", "high", "why")
SEED = "seed."  # ids of seed questions
CHECK = "check."  # ids of questions that are asked to check others
COUNTED = ("held", "groups", "extrapolate", "counted_from")  # numbers that were counted, not judged
MAX_WRONG = 10  # wrong rows in a message
TABLES = ("quantities", "assumptions", "challenges", "events", "safeguards")


@dataclass(frozen=True)
class Question:
    """A row of the sheet."""

    id: str
    claim: str
    text: str


@dataclass(frozen=True)
class Seed:
    """A question whose answer is known, and was not to the expert."""

    id: str
    text: str
    value: float


@dataclass(frozen=True)
class Answer:
    """What an expert says: the 5 %, 50 % and 95 % quantiles, some of them."""

    low: float | None
    mid: float | None
    high: float | None
    why: str = ""

    @property
    def best(self) -> float | None:
        """The middle, or the mean of the ends."""
        if self.mid is not None or self.low is None or self.high is None:
            return self.mid
        return (self.low + self.high) / 2


def sheet(story: Story, seeds: Sequence[Seed] = ()) -> str:
    """The sheet as CSV: a row for each number that can be judged, those that check them, and the seeds."""
    rows = [COLUMNS, *(_row(question) for question in questions(story.document))]
    rows += [_row(Question(f"{SEED}{seed.id}", "", seed.text)) for seed in seeds]
    return written(rows)


def _row(question: Question) -> tuple[str, ...]:
    return (question.id, safe(question.claim), safe(question.text), "", "", "", "")


def questions(document: Document) -> Iterator[Question]:
    """The questions of a story, in its order."""
    for stated in traversal.numbers(document):
        table, name = stated.path[0], str(stated.path[1])
        if table not in TABLES or not _judged(stated.form):
            continue
        claim = getattr(getattr(document, str(table))[name], "claim", "") or name
        yield Question(path_text(stated.path), claim, _asked(document, stated))
    for name, assumption in document.assumptions.items():
        if _checked(document, name):
            condition = assumption.given[0].condition
            yield Question(f"{CHECK}{name}", assumption.claim, "How probable is it in all?")
            yield Question(f"{CHECK}{name}.if", "", f"How probable is it that `{condition}`?")


def _judged(form: object) -> bool:
    return not isinstance(form, str) and not _counted(form)


def _counted(form: object) -> bool:
    return any(hasattr(form, key) for key in COUNTED)


def _checked(document: Document, name: str) -> bool:
    """Whether an assumption has one case and a credence otherwise, so that its answers check each other."""
    assumption = document.assumptions[name]
    one = len(assumption.given) == 1 and assumption.given[0].condition is not None
    return one and _judged(assumption.credence) and _judged(assumption.given[0].credence)


QUESTIONS = {
    "power": "How probable is it if the target is there?",
    "false_alarm": "How probable is it if the target is not there?",
    "leak": "How probable is it without its causes and conditions?",
}


def _asked(document: Document, stated: traversal.StatedNumber) -> str:
    """The question, beside the claim."""
    table, name, key, *rest = map(str, stated.path)
    entry = getattr(document, table)[name]
    if table == "quantities":
        return f"What is it, in {entry.unit}?" if entry.unit else "What is it?"
    cases = getattr(entry, "given", ())
    if key == "given":
        earlier = " and none of the cases above" if int(rest[0]) else ""
        return f"How probable is it if `{cases[int(rest[0])].condition or 'true'}`{earlier}?"
    if key == "causes":
        return f"How probable is it that `{rest[0]}` alone makes it happen?"
    if key == "leaves":
        return f"If it is right: how probable is still what it is against (`{entry.against}`)?"
    where = f" where `{entry.when}`" if key == "chance" and entry.when is not None else ""
    where += ", if none of the cases below applies" if cases else ""
    return QUESTIONS.get(key, "How probable is it{}?").format(where)


def seeds_of(data: bytes) -> tuple[Seed, ...]:
    """Seed questions from a table with the columns `id`, `question` and `value`; raises `ExchangeError`."""
    found = []
    for row in read(data, ("id", "question", "value")):
        value = number(row["value"], f"seed `{row['id']}`")
        if value is None or not row["id"]:
            raise ExchangeError(f"seed `{row['id'] or row['question']}` has no id or no value")
        found.append(Seed(row["id"], row["question"], value))
    if len({seed.id for seed in found}) < len(found):
        raise ExchangeError("two seeds have one id")
    return tuple(found)


def answers(data: bytes, story: Story, seeds: Sequence[Seed] = ()) -> dict[str, Answer]:
    """The answers by id, without questions left out; raises `ExchangeError` with every row that is wrong."""
    known = {question.id for question in questions(story.document)} | {f"{SEED}{s.id}" for s in seeds}
    found: dict[str, Answer] = {}
    wrong: list[str] = []
    for row in read(data, ("id", "low", "mid", "high")):
        name = row["id"]
        try:
            answer = _answer(row, None if name in known else _not_asked(story.document, name, known))
            if answer is not None and name in found:
                raise ExchangeError(f"row `{name}` is there twice")
            if answer is not None:
                found[name] = answer
        except ExchangeError as error:
            wrong.append(str(error))
    if wrong:
        more = [f"and {len(wrong) - MAX_WRONG} more"] if len(wrong) > MAX_WRONG else []
        raise ExchangeError("; ".join([*wrong[:MAX_WRONG], *more]))
    return found


def _answer(row: Mapping[str, str], not_asked: str | None) -> Answer | None:
    """What a row says; None if it is left empty. `not_asked` says why there is nothing to answer."""
    where = f"row `{row['id']}`"
    numbers = [number(row[column], where) for column in ("low", "mid", "high")]
    stated = [value for value in numbers if value is not None]
    if not stated:
        return None
    if not_asked is not None:
        raise ExchangeError(not_asked)
    if (numbers[0] is None) != (numbers[2] is None):
        raise ExchangeError(f"{where}: `low` and `high` go together")
    if any(one >= other for one, other in pairwise(stated)):
        raise ExchangeError(f"{where}: low < mid < high must hold: {', '.join(f'{x:g}' for x in stated)}")
    if not row["id"].startswith((SEED, "quantities.")):
        _require_probabilities(row, numbers, where)
    return Answer(numbers[0], numbers[1], numbers[2], row.get("why", ""))


def _not_asked(document: Document, name: str, known: Iterable[str]) -> str:
    """Why a row is no question, with the one that was meant, if it is like one."""
    forms = {path_text(one.path): one.form for one in traversal.numbers(document)}
    if name not in forms:
        fix = did_you_mean(near(name, known))
        return f"row `{name}` is no question of this sheet{f' ({fix})' if fix else ''}"
    form = forms[name]
    if isinstance(form, str):
        return f"row `{name}` is no question: the number is computed from others"
    why = (
        "the number is counted from trials"
        if _counted(form)
        else "experts are not asked for numbers of its kind"
    )
    return f"row `{name}` is no question: {why}"


def _require_probabilities(row: Mapping[str, str], numbers: Sequence[float | None], where: str) -> None:
    """Refuse what is no probability, and a `low` or `high` that leaves nothing beyond it."""
    if not all(0 <= value <= 1 for value in numbers if value is not None):
        raise ExchangeError(f"{where}: a probability is within 0 and 1 (or 0 % and 100 %)")
    low, _, high = numbers
    if low == 0:
        raise ExchangeError(f"{where}: `low` is {row['low']}, but 5 % lie below it: it is above 0")
    if high == 1:
        raise ExchangeError(f"{where}: `high` is {row['high']}, but 5 % lie above it: it is below 1")


def credence(answer: Answer) -> object:
    """An answer as a number of the story: a point, a central interval, or quantiles."""
    if answer.low is None or answer.high is None:
        return answer.mid
    if answer.mid is None:
        return {"low": answer.low, "high": answer.high}
    return {"quantiles": [[0.05, answer.low], [0.5, answer.mid], [0.95, answer.high]]}


def with_answers(story: Story, expert: str, weight: float | None, given: dict[str, Answer]) -> Story:
    """The story with the answers as entries of `experts`, after those there are, or in place of a number."""
    values: dict[Path | str, object] = {}
    forms = {path_text(one.path): one.form for one in traversal.numbers(story.document)}
    for name, answer in given.items():
        if name.startswith((SEED, CHECK)):
            continue
        entry: dict[str, object] = {"name": expert}
        if weight is not None:
            entry["weight"] = weight
        entry["credence"] = credence(answer)
        if answer.why:
            entry["why"] = answer.why
        form = forms[name]
        others = _experts(story, name) if isinstance(form, ProbabilityExperts | RealExperts) else []
        kept = [other for other in others if other["name"] != expert]
        values[path_of(name)] = {"experts": [*kept, entry]}
        if isinstance(form, ProbabilityExperts) and form.pool != "linear":
            values[path_of(name)] = {"experts": [*kept, entry], "pool": form.pool}
    if not values:
        return story
    try:
        return story.with_values(values)
    except StoryError as error:
        raise _by_row(error, given) from None


def _by_row(error: StoryError, given: Mapping[str, Answer]) -> Exception:
    """What is wrong with a story that has the answers, by the row of the sheet if it is one."""
    for problem in error.problems:
        for name in given:
            if problem.path.startswith(f"{name}."):
                return ExchangeError(f"row `{name}`: {problem.message}")
    return error


def _experts(story: Story, name: str) -> list[dict[str, object]]:
    here: object = story.values
    for part in path_of(name):
        here = here[part]  # type: ignore[index]
    return list(here["experts"])  # type: ignore[index]
