"""`sensa elicit`: ask experts for the numbers of a story by a sheet, and put their answers into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.cli.failing import counted, guarded
from sensa.cli.options import Verbose
from sensa.cli.terminal import note, out, report_change
from sensa.cli.text_output import STDOUT, named
from sensa.stories.problems import escaped, listed

if TYPE_CHECKING:
    from sensa.elicitation.classical_model import Score

EPILOG = (
    "Examples: `sensa elicit story.toml -o sheet.csv`;"
    " `sensa elicit story.toml --answers Ana=ana.csv --answers Bo=bo.csv --seeds seeds.csv`"
)


def elicit(
    story: Annotated[str, typer.Argument(metavar="STORY", help="A story file.", show_default=False)],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="The sheet to write; printed for `-`.", callback=named
        ),
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
    if output not in (None, STDOUT) and Path(output).exists():
        raise typer.BadParameter(f"{output}: already exists, and is left as it is", param_hint="--output")
    if cutoff and seeds is None:
        raise typer.BadParameter("needs `--seeds`", param_hint="--cutoff")
    sheets = list(map(_sheet, answers or ()))
    twice = sorted({name for name, _ in sheets if [one for one, _ in sheets].count(name) > 1})
    if twice:
        raise typer.BadParameter(f"{listed(twice, 'and')}: named twice", param_hint="--answers")
    with guarded(story, verbose=verbose):
        if output is not None:
            _write(story, output, seeds)
        else:
            for line in _read(story, dict(sheets), seeds, cutoff):
                report_change(f"{escaped(line)}\n")


def _sheet(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not (name.strip() and equals and path):
        raise typer.BadParameter(f"`{escaped(text)}` is not of the form NAME=PATH", param_hint="--answers")
    return name.strip(), path


def _write(story: str, output: str, seeds: str | None) -> None:
    from sensa.elicitation.asking import elicitation_sheet
    from sensa.store import write_bytes
    from sensa.stories.reading import read

    text = "\ufeff" + elicitation_sheet(read(story), seeds=seeds)  # the mark tells Excel: UTF-8
    if output == STDOUT:
        out(text)
        return
    write_bytes(text.encode(), output)
    note(f"written; next: sensa elicit {escaped(story)} --answers NAME={escaped(output)}")


def _read(file: str, sheets: dict[str, str], seeds: str | None, cutoff: float) -> Iterator[str]:
    """Put the answers of each expert into the story; gives what there is to say of them."""
    from sensa.elicitation.asking import with_answers
    from sensa.store import StoreError, write_bytes
    from sensa.stories.reading import parse, text_of

    before = text_of(file)
    story, experts = with_answers(parse(before, file), sheets, seeds=seeds, cutoff=cutoff)
    if text_of(file) != before:
        raise StoreError(f"{file}: has changed meanwhile; nothing was written")
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    write_bytes((mark + story.to_toml()).encode(), file)
    for name, of in experts.items():
        yield f"{name}: {counted(of.numbers, 'number')}{_scored(of.score)}"
        yield from (f"  does not hold together: {line}" for line in of.complaints)


def _scored(score: "Score | None") -> str:
    if score is None:
        return ""
    return (
        f"; calibration {score.calibration:.3g}, information {score.information:.3g}, "
        f"weight {score.weight:.3g}{'' if score.weight else ': left out'}"
    )
