"""The terminal: results on standard output, everything else on standard error, and a prompt with a history."""

import contextlib
import functools
import io
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGINT
from typing import TextIO
from unicodedata import category, east_asian_width

from w2v.errors import W2VError

_HISTORY_LINES = 1000
# Control characters, separators of lines, and what changes the direction of writing.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


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


def notices() -> Notices:
    """Standard error, as whoever goes on without it takes it: the same object for the same stream."""
    return sys.stderr if isinstance(sys.stderr, Notices) else _notices(sys.stderr)


@functools.lru_cache(1)
def _notices(stream: TextIO | None) -> Notices:
    return Notices(stream)


def above_bars() -> contextlib.AbstractContextManager[object]:
    """In the `with` statement standard error can be written to: bars step aside."""
    bars = sys.modules.get("tqdm")
    return bars.tqdm.external_write_mode(notices()) if bars else contextlib.nullcontext()


def log(line: str) -> None:
    """A line on standard error, above the bar if there is one; standard output is for results."""
    with above_bars():
        notices().write(visible(line, but="\n\t") + "\n")
        notices().flush()


class _Handler(logging.Handler):
    """Shows what is logged as `log` does."""

    def emit(self, record: logging.LogRecord) -> None:
        log(record.getMessage())


@contextlib.contextmanager
def showing_log() -> Iterator[None]:
    """In the `with` statement what the package logs, from level INFO on, is shown on standard error."""
    logger, handler = logging.getLogger("w2v"), _Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def show(line: object = "") -> None:
    """A line of the result, or several."""
    sys.stdout.write(visible(str(line), but="\n\t") + "\n")


def visible(text: str, but: str = "") -> str:
    """Characters that would steer the terminal, as JSON and Python write them (\\u001b), those in `but` excepted.

    A word of a vector file can be anything, an escape code too.
    """
    return _STEERING.sub(lambda found: found[0] if found[0] in but else f"\\u{ord(found[0]):04x}", text)


def padded(text: str, n_columns: int, to_right: bool = False) -> str:
    """The text, and spaces after it (to_right: before it) up to that many columns of a terminal."""
    spaces = " " * (n_columns - columns(text))
    return spaces + text if to_right else text + spaces


def shortened(text: str, n_columns: int) -> str:
    """As much of the beginning of a text as that many columns of a terminal hold."""
    while columns(text) > n_columns:
        text = text[:-1]
    return text


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian wide characters two, marks on a letter none."""
    if text.isascii():
        return len(text)
    return sum(0 if _is_mark(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _is_mark(sign: str) -> bool:
    """Whether it takes no room of its own: accents, joiners, and the second and third part of a Hangul syllable."""
    return category(sign) in ("Mn", "Me", "Cf") or "\u1160" <= sign <= "\u11ff"


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

    Prompt and advice are for people: piped standard input or output gets none. In the end `W2VError` is raised if a
    line from a pipe could not be answered, since a program takes the exit code for an answer to that.
    """
    if words:
        answer(words)
        return
    interactive = is_prompting()
    if interactive:
        log(f"{what}; Ctrl-C clears the line, Ctrl-D ends")
    n_asked = n_failed = 0
    with _history() if interactive else contextlib.nullcontext():
        for line in _typed_lines("> " if interactive else ""):
            n_asked += 1
            try:
                answer(line.split())
            except W2VError as error:
                n_failed += 1
                log(f"w2v: {error}")
            flush_results()
        if interactive:
            show()
    if n_failed and not interactive:
        raise W2VError(f"{n_failed:,} of {n_asked:,} questions could not be answered; why stands at each of them")


def is_prompting() -> bool:
    """Whether a person types the questions and reads the answers below them."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _typed_lines(prompt: str) -> Iterator[str]:
    """Lines with something in them. Ctrl-C clears what was typed, and at an empty line it ends."""
    while True:
        try:
            line = input(prompt) if prompt else next(sys.stdin)
        except (EOFError, StopIteration):
            return
        except KeyboardInterrupt as stop:
            is_ctrl_c = getattr(stop, "signal_number", SIGINT) == SIGINT
            if not is_ctrl_c or not prompt or not _half_typed():
                raise
            show()
            continue
        if line.strip():
            yield line


def _half_typed() -> str:
    """What stands behind the prompt; nothing where there is no line editing."""
    readline = sys.modules.get("readline")
    return "" if readline is None else readline.get_line_buffer()


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
