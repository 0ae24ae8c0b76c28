"""The terminal: results on standard output, everything else on standard error, and a prompt with a history."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from w2v.errors import W2VError

_HISTORY_LINES = 1000


class Notices(io.TextIOBase):
    """Standard error for a program that goes on when nobody can read it: the reader of a pipe has gone, the terminal is
    closed, its disk is full, or there was none from the start."""

    def __init__(self, stream: TextIO | None) -> None:
        # With none, the next file that is opened gets its number, and what libraries write there: better this one.
        self.stream: TextIO = open(os.devnull, "w") if stream is None else stream  # noqa: SIM115 - to the end

    def write(self, text: str) -> int:
        """Write if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.flush()

    def fileno(self) -> int:
        """Of the stream."""
        return self.stream.fileno()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream; a bar asks for it."""
        return self.stream.encoding


def log(line: str) -> None:
    """A line on standard error; standard output is for results."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def show(line: object = "") -> None:
    """A line of the result."""
    sys.stdout.write(f"{line}\n")


def flush_results() -> None:
    """Raise now, and not at the interpreter's exit, if the results cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        drop_results()
        raise


def drop_results() -> None:
    """Send what is still in the buffer of standard output nowhere, or Python's exit would try it once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer_all(words: list[str], answer: Callable[[list[str]], None], what: str) -> None:
    """Answer the words given, or the lines typed until Ctrl-D; a mistake there does not end it.

    Prompt and advice are for people: piped standard input or output gets none.
    """
    if words:
        answer(words)
        return
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if interactive:
        log(f"{what}; Ctrl-D ends")
    with _history() if interactive else contextlib.nullcontext():
        for line in _typed_lines("> " if interactive else ""):
            try:
                answer(line.split())
                flush_results()
            except W2VError as error:
                log(f"w2v: {error}")
        if interactive:
            show()


def _typed_lines(prompt: str) -> Iterator[str]:
    while True:
        try:
            line = input(prompt) if prompt else next(sys.stdin)
        except (EOFError, StopIteration):
            return
        if line.strip():
            yield line


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Line editing with a history that is kept between sessions, in $XDG_STATE_HOME/w2v/history."""
    try:
        import readline
    except ImportError:  # Windows
        yield
        return
    folder = Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")) / "w2v"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        readline.read_history_file(folder / "history")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.set_history_length(_HISTORY_LINES)
            readline.write_history_file(folder / "history")
