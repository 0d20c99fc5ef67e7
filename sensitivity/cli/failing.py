"""Failures, as exit codes with messages that say what to do."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from sensa.cli.exit_codes import Code
from sensa.cli.terminal import ReaderLeft, note
from sensa.interrupts import TimeUp, stopping
from sensa.store import StoreError
from sensa.stories.problems import Problem, StoryError, cut, escaped

MAX_MESSAGE_CHARACTERS = 400


@dataclass(frozen=True)
class Failure:
    """Why a story gave no result."""

    code: Code
    status: str  # wrong, refused, unwritten, internal, interrupted, unread
    message: str
    problems: tuple[Problem, ...] = ()


def failure(error: BaseException) -> Failure:
    """The meaning of an exception for the author; an unexpected one is an internal error."""
    if isinstance(error, StoryError):
        wrong = sum(problem.severity == "error" for problem in error.problems)
        return Failure(Code.WRONG, "wrong", counted(wrong, "error"), error.problems)
    if isinstance(error, ReaderLeft):
        return Failure(Code.UNREAD, "unread", _message(error))
    if isinstance(error, StoreError):
        return Failure(Code.WRONG, "unwritten", _message(error))
    if _is(error, "sensa.sampling.parameters", "RunError"):
        return Failure(Code.WRONG, "wrong", _message(error))
    if _is(error, "sensa.exchange.errors", "ExchangeError"):
        return Failure(Code.WRONG, "unwritten", _message(error))
    if _is(error, "sensa.comparing.history", "HistoryError"):
        return Failure(Code.WRONG, "wrong", _message(error))
    if _is(error, "sensa.defects", "WrongObservation"):
        return Failure(Code.WRONG, "wrong", f"--given: {_message(error)}")
    if isinstance(error, TimeUp):
        return Failure(
            Code.UNDECIDED, "refused", f"{error} before there was an answer; allow more `--seconds`"
        )
    if isinstance(error, KeyboardInterrupt):
        return Failure(Code.INTERRUPTED, "interrupted", "interrupted")
    if _is(error, "sensa.sampling.workers", "WorkersLost"):
        return Failure(Code.UNDECIDED, "refused", _message(error))
    if _is(error, "sensa.engines.protocol", "EngineRefusal"):
        return Failure(Code.UNDECIDED, "refused", _message(error))
    return Failure(Code.INTERNAL, "internal", f"{type(error).__name__}: {_message(error)}")


def report(failed: Failure, file: str, *, verbose: bool) -> None:
    """Print a failure to standard error: each problem on a line of its own, then a count or a reason."""
    if failed.status == "wrong" and failed.problems:
        for problem in failed.problems:
            if problem.severity == "error" or verbose:
                note(str(problem))
        note(f"{failed.message} in {escaped(file)}")
    elif failed.status == "unread":
        return
    elif failed.status == "interrupted":
        note(failed.message)
    elif failed.status == "internal":
        note(f"sensa: {escaped(file)}: an internal error, not one of the story: {failed.message}")
        note("please report it with the story, `sensa --version` and the output of --verbose")
    else:
        note(f"sensa: {escaped(file)}: {failed.message}")
    if verbose and failed.status == "internal":
        note(escaped_lines(traceback.format_exc()))


@contextmanager
def guarded(file: str = "", *, verbose: bool = False) -> Iterator[None]:
    """Run a whole command; an exception that escapes it becomes a message about the file and an exit code."""
    try:
        with stopping("SIGINT", "SIGTERM", "SIGHUP"):  # leave nothing half-written behind
            yield
    except (typer.Exit, typer.BadParameter):
        raise
    except (KeyboardInterrupt, Exception) as error:
        failed = failure(error)
        report(failed, file or " ".join(sys.argv[1:2]) or "sensa", verbose=verbose)
        raise typer.Exit(failed.code) from None


def _is(error: BaseException, module: str, name: str) -> bool:
    """Whether an error is of a class in a module that is heavy to import, without importing it."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(error, kind)


def counted(n: int, what: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def escaped_lines(text: str) -> str:
    """Text of several lines with terminal control characters escaped."""
    return "\n".join(map(escaped, text.splitlines()))


def _message(error: BaseException) -> str:
    return cut(escaped(" ".join(str(error).split())), MAX_MESSAGE_CHARACTERS)
