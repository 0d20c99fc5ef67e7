"""`sensa check`: what is wrong with stories, and what is worth a warning."""

from typing import Annotated, Literal

import typer

from sensa.cli.codes import Code, worst
from sensa.cli.failing import counted, failure, guarded, report
from sensa.cli.options import Stories, Verbose
from sensa.cli.printing import out
from sensa.stories.problems import Problem, escaped

EPILOG = "Examples: `sensa check story.toml`; `sensa check --fail-on warning stories/*.toml`"


def check(
    stories: Stories,
    format: Annotated[
        Literal["text", "json"], typer.Option(envvar="SENSA_FORMAT", help="For people or for machines.")
    ] = "text",
    fail_on: Annotated[
        Literal["error", "warning"],
        typer.Option(envvar="SENSA_FAIL_ON", help="With `warning`, warnings exit with 1."),
    ] = "error",
    verbose: Verbose = False,
) -> None:
    """Say what is wrong with stories, all at once, without running them.

    One problem a line, as FILE:LINE:COLUMN: KEY: what is wrong (what would be right). Exits with 2 where
    there is an error. Properties are not judged here.
    """
    with guarded(verbose=verbose):
        raise typer.Exit(_check(stories, format, fail_on, verbose=verbose))


def _check(stories: list[str], format: str, fail_on: str, *, verbose: bool) -> Code:
    from sensa import running
    from sensa.reports import json as as_json

    codes, documents = [], []
    for file in stories:
        try:
            problems = running.check(file)
        except Exception as error:
            failed = failure(error)
            report(failed, file, verbose=verbose)
            codes.append(failed.code)
            document = as_json.unanswered_story(
                file, status=failed.status, message=failed.message, exit_code=failed.code
            )
            documents.append(document)
            continue
        codes.append(_code(problems, fail_on))
        documents.append(as_json.checked_story(file, problems))
        if format == "text":
            out(_text(file, problems))
    code = worst(codes)
    if format == "json":
        out(as_json.dumps(as_json.check_document(documents, code)))
    return code


def _code(problems: tuple[Problem, ...], fail_on: str) -> Code:
    if any(problem.severity == "error" for problem in problems):
        return Code.WRONG
    return Code.FAILS if problems and fail_on == "warning" else Code.WELL


def _text(file: str, problems: tuple[Problem, ...]) -> str:
    lines = [
        str(problem) if problem.severity == "error" else f"{problem} [warning: {problem.code}]"
        for problem in problems
    ]
    errors = sum(problem.severity == "error" for problem in problems)
    counts = [counted(n, what) for n, what in ((errors, "error"), (len(problems) - errors, "warning")) if n]
    lines.append(f"{', '.join(counts) or 'nothing wrong'} in {escaped(file)}")
    return "".join(f"{line}\n" for line in lines)
