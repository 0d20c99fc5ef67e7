"""`sensa elicit`: ask experts for the numbers of a story by a sheet, and put their answers into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.failing import failure, guarded, report
from sensa.cli.options import Verbose
from sensa.cli.terminal import note, out
from sensa.stories.problems import escaped, listed

if TYPE_CHECKING:
    from sensa.elicitation.sheets import Answer, Seed

EPILOG = (
    "Examples: `sensa elicit story.toml -o sheet.csv`;"
    " `sensa elicit story.toml --answers Ana=ana.csv --answers Bo=bo.csv --seeds seeds.csv`"
)


def elicit(
    story: Annotated[str, typer.Argument(metavar="STORY", help="A story file.", show_default=False)],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="PATH", help="The sheet to write.")
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=PATH", help="A sheet that this expert filled in. Repeatable."),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="Questions with known answers, to weigh experts by: id, question, value."
        ),
    ] = None,
    cutoff: Annotated[
        float, typer.Option(min=0, max=1, help="Experts of a lower calibration get no weight.")
    ] = 0.0,
    verbose: Verbose = False,
) -> None:
    """Write a sheet of a story's numbers for experts to fill in, or read such sheets back.

    The sheet is a table (CSV) with a row for each number that can be judged: the claim, the question, and
    empty cells for low, mid and high (5 %, 50 % and 95 %) and for why. With `--answers` each answer becomes
    an entry of `experts` in the story, and everything else in the file stays as it is; answers that cannot
    hold together are listed. With `--seeds` experts are weighed by how well they did on them (Cooke's
    classical model).
    """
    if (output is None) == (not answers):
        raise typer.BadParameter("either write a sheet (`-o`), or read some (`--answers`)")
    if output is not None and Path(output).exists():
        raise typer.BadParameter(f"{output}: already exists, and is left as it is", param_hint="--output")
    if cutoff and seeds is None:
        raise typer.BadParameter("needs `--seeds`", param_hint="--cutoff")
    named = list(map(_named, answers or ()))
    twice = sorted({name for name, _ in named if [one for one, _ in named].count(name) > 1})
    if twice:
        raise typer.BadParameter(f"{listed(twice, 'and')}: named twice", param_hint="--answers")
    with guarded(verbose=verbose):
        try:
            known = _seeds(seeds)
            if output is not None:
                _write(story, output, known)
            else:
                for line in list(_read(story, dict(named), known, cutoff)):  # all or nothing
                    out(f"{escaped(line)}\n")
        except typer.BadParameter:
            raise
        except Exception as error:
            failed = failure(error)
            report(failed, story, verbose=verbose)
            raise typer.Exit(failed.code) from None


def _named(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not (name.strip() and equals and path):
        raise typer.BadParameter(f"`{escaped(text)}` is not of the form NAME=PATH", param_hint="--answers")
    return name.strip(), path


def _seeds(path: str | None) -> "tuple[Seed, ...]":
    from sensa.elicitation.sheets import seeds_of

    return () if path is None else seeds_of(_bytes(path))


def _bytes(path: str) -> bytes:
    from sensa.exchange.errors import ExchangeError
    from sensa.exchange.spreadsheets import MAX_BYTES
    from sensa.ordinary_files import opened

    try:
        with opened(path) as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ExchangeError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _write(story: str, output: str, seeds: "tuple[Seed, ...]") -> None:
    from sensa.elicitation.sheets import sheet
    from sensa.store import write_bytes
    from sensa.stories.reading import read

    write_bytes(b"\xef\xbb\xbf" + sheet(read(story), seeds).encode(), output)  # the mark tells Excel: UTF-8
    note(f"written; next: sensa elicit {escaped(story)} --answers NAME={escaped(output)}")


def _read(file: str, sheets: dict[str, str], seeds: "tuple[Seed, ...]", cutoff: float) -> Iterator[str]:
    """Put the answers of each expert into the story; gives what there is to say of them."""
    from sensa.elicitation import coherence
    from sensa.elicitation.sheets import CHECK, SEED, answers, with_answers
    from sensa.exchange.errors import ExchangeError
    from sensa.store import StoreError, write_bytes
    from sensa.stories.reading import parse, text_of

    before = text_of(file)
    story = parse(before, file)
    given = {}
    for name, path in sheets.items():
        try:
            given[name] = answers(_bytes(path), story, seeds)
        except ExchangeError as error:
            raise ExchangeError(f"{path}: {error}" if path not in str(error) else str(error)) from None
    weights = _weights(given, seeds, cutoff)
    for name, of in given.items():
        weight, said = weights.get(name, (None, ""))
        numbers = sum(not key.startswith((CHECK, SEED)) for key in of)
        yield f"{name}: {numbers} number{'' if numbers == 1 else 's'}{said}"
        yield from (f"  does not hold together: {line}" for line in coherence.complaints(story, of))
        if weight != 0:
            story = with_answers(story, name, weight, of)
    text = story.to_toml()
    if text_of(file) != before:
        raise StoreError(f"{file}: has changed meanwhile; nothing was written")
    write_bytes((("\ufeff" if before.startswith("\ufeff") else "") + text).encode(), file)


def _weights(
    given: "dict[str, dict[str, Answer]]", seeds: "tuple[Seed, ...]", cutoff: float
) -> dict[str, tuple[float | None, str]]:
    """The weight of each expert, and how it came about; none without seeds."""
    if not seeds:
        return {}
    from sensa.elicitation.classical_model import scores
    from sensa.elicitation.sheets import SEED
    from sensa.exchange.errors import ExchangeError

    rows: dict[str, list[tuple[float, float, float]]] = {}
    for name, of in given.items():
        rows[name] = []
        for seed in seeds:
            answer = of.get(f"{SEED}{seed.id}")
            if answer is None or answer.low is None or answer.mid is None or answer.high is None:
                raise ExchangeError(f"{name} left out the seed `{seed.id}`: it needs low, mid and high")
            rows[name].append((answer.low, answer.mid, answer.high))
    found = scores(rows, [seed.value for seed in seeds], cutoff=cutoff)
    if not any(score.weight for score in found.values()):
        raise ExchangeError(f"no expert has a calibration of {cutoff:g} or more; nobody has weight")
    return {
        name: (
            float(f"{score.weight:.4g}"),
            f"; calibration {score.calibration:.3g}, information {score.information:.3g}, "
            f"weight {score.weight:.3g}{'' if score.weight else ': left out'}",
        )
        for name, score in found.items()
    }
