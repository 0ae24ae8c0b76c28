"""Showing how training goes: a bar on a terminal, a line every few seconds elsewhere, JSON lines in a log file."""

import contextlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Self

from tqdm import tqdm

from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.console import log
from w2v.training.history import Statistics
from w2v.training.listeners import COMPILING_NOTE, Progress
from w2v.training.schedule import Schedule

_LINE_SECONDS = 5.0
_LOG_SECONDS = 1.0
_POSTFIX_SECONDS = 0.5
_COLUMNS = 100


@contextlib.contextmanager
def reading_bar(paths: Sequence[str]) -> Iterator[Callable[[int], object]]:
    """A bar over the bytes of a corpus, only on a terminal; gives the function to tell of bytes read."""
    sizes = [os.path.getsize(path) if os.path.isfile(path) else 0 for path in paths]
    packed = any(path.endswith(tuple(COMPRESSION_SUFFIXES)) for path in paths)
    total = sum(sizes) if all(sizes) and not packed else None
    hidden = not sys.stderr.isatty()
    with tqdm(total=total, unit="B", unit_scale=True, desc="reading", disable=hidden, leave=False, **_width()) as bar:
        yield bar.update


def _width() -> dict[str, Any]:
    """How wide a bar may be: tqdm shows none at all on a terminal that says it has 0 columns."""
    try:
        known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError):
        known = False
    return {"dynamic_ncols": True} if known else {"ncols": _COLUMNS}


class Meter(Progress):
    """Keeps the figures that every display needs.

    n_words: tokens of an epoch, without sentence breaks; when it is not known the breaks count as words.
    """

    def __init__(self, n_words: int | None = None) -> None:
        self.n_words = n_words

    def compiling(self) -> None:
        """Say why nothing seems to happen."""
        log(COMPILING_NOTE)

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Reset the figures; what was done before counts as done, but not for the speed."""
        self.schedule, self.began = schedule, time.monotonic()
        self.n_total = schedule.n_epochs * (schedule.n_tokens if self.n_words is None else self.n_words)
        self.n_before = self.n_done = done.n_tokens
        self.alpha = schedule.start_alpha
        self.recent = Statistics()

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Add a chunk."""
        new = Statistics().plus(statistics)
        self.recent = self.recent.plus(new)
        self.n_done += new.n_tokens
        self.alpha = alpha

    def figures(self) -> dict[str, Any]:
        """Share done, words per second, learning rate, loss per pair since the last call, seconds left."""
        seconds = max(time.monotonic() - self.began, 1e-9)
        share = min(self.n_done / max(self.n_total, 1), 1.0)
        n_new = self.n_done - self.n_before
        figures = {
            "done": round(share, 4),
            "words_per_second": round(n_new / seconds),
            "alpha": round(self.alpha, 6),
            "loss": round(self.recent.mean_loss, 5),
            "seconds": round(seconds, 2),
            "eta_seconds": round(seconds * max(self.n_total - self.n_done, 0) / n_new, 1) if n_new else None,
        }
        self.recent = Statistics()
        return figures


class Bar(Meter):
    """tqdm on a terminal: percent, words per second, learning rate, loss, time left."""

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Show the bar."""
        super().start(schedule, done)
        self.bar = tqdm(
            total=self.n_total,
            initial=self.n_done,
            unit=" words",
            unit_scale=True,
            desc=f"epoch {1 + self.n_done * schedule.n_epochs // max(self.n_total, 1)}/{schedule.n_epochs}",
            **_width(),
        )
        self.shown = 0.0

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Move the bar."""
        super().chunk(statistics, alpha)
        if time.monotonic() - self.shown > _POSTFIX_SECONDS:
            self.shown = time.monotonic()
            self._postfix()
        self.bar.update(self.n_done - self.bar.n)

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Name the next epoch."""
        self.bar.set_description(f"epoch {min(number + 1, self.schedule.n_epochs)}/{self.schedule.n_epochs}", False)
        if number == self.schedule.n_epochs:
            self.recent = statistics
            self._postfix()

    def _postfix(self) -> None:
        figures = self.figures()
        self.bar.set_postfix_str(f"alpha {figures['alpha']:.5f}, loss {figures['loss']:.4f}", refresh=False)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self.bar.close()


class Lines(Meter):
    """One plain line every few seconds and one per epoch, for logs and pipes."""

    def __init__(
        self, n_words: int | None = None, stream: IO[str] | None = None, seconds: float = _LINE_SECONDS
    ) -> None:
        super().__init__(n_words)
        self.stream, self.seconds = stream or sys.stderr, seconds

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Start the clock."""
        super().start(schedule, done)
        self.shown = time.monotonic()

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Print a line if the last one is old."""
        super().chunk(statistics, alpha)
        if time.monotonic() - self.shown >= self.seconds:
            self.shown = time.monotonic()
            figures = self.figures()
            eta = f"{figures['eta_seconds']:.0f} s left" if figures["eta_seconds"] is not None else ""
            self._print(
                f"{figures['done']:6.1%}  {figures['words_per_second']:,} words/s  alpha {figures['alpha']:.5f}  "
                f"loss {figures['loss']:.4f}  {eta}"
            )

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Print the epoch's line."""
        rate = statistics.n_tokens / max(seconds, 1e-9)
        self._print(
            f"epoch {number}/{self.schedule.n_epochs}: loss {statistics.mean_loss:.4f} per pair, {rate:,.0f} "
            f"words/s, {seconds:.1f} s"
        )

    def _print(self, line: str) -> None:
        self.stream.write(line + "\n")
        self.stream.flush()


class JsonLog:
    """One JSON object per line, appended to a file (to none, without a path); an error in the `with` block is the
    last. Training is not worth ending for a full disk: that is a warning, and the end of the log.
    """

    def __init__(self, path: str | Path | None) -> None:
        self.path = path
        self.file = open(path or os.devnull, "a", encoding="utf-8")  # noqa: SIM115 - open for the whole run

    def write(self, event: str, **values: Any) -> None:
        """Write one event, with the time in seconds since 1970. JSON has no infinity: such a number becomes null."""
        finite = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in values.items()}
        line = json.dumps({"event": event, "time": round(time.time(), 3), **finite}, allow_nan=False)
        try:
            self.file.write(line + "\n")
            self.file.flush()
        except OSError as error:
            log(f"w2v: {self.path} cannot be written ({error.strerror or error}); training goes on without the log")
            with contextlib.suppress(OSError):  # what is in its buffer is tried once more
                self.file.close()
            self.file = open(os.devnull, "a", encoding="utf-8")  # noqa: SIM115 - as above

    def meter(self, n_words: int | None = None, seconds: float = _LOG_SECONDS) -> "JsonMeter":
        """What writes the events of training here."""
        return JsonMeter(self, n_words, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None:
            event = "interrupted" if issubclass(kind, KeyboardInterrupt) else "error"
            self.write(event, message=str(error) or kind.__name__)
        self.file.close()


class JsonMeter(Meter):
    """Events of training: `start`, `progress` at once and every second, `epoch` after each epoch."""

    def __init__(self, log: JsonLog, n_words: int | None = None, seconds: float = _LOG_SECONDS) -> None:
        super().__init__(n_words)
        self.log, self.seconds, self.shown = log, seconds, -math.inf

    def compiling(self) -> None:
        """Write that too."""
        self.log.write("compiling")

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Write the schedule."""
        super().start(schedule, done)
        self.shown = -math.inf
        self.log.write("start", n_words=self.n_total, **schedule._asdict())

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Write the figures if the last ones are old."""
        super().chunk(statistics, alpha)
        if time.monotonic() - self.shown >= self.seconds:
            self.shown = time.monotonic()
            self.log.write("progress", **self.figures())

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Write the epoch's sums."""
        self.log.write(
            "epoch",
            epoch=number,
            seconds=round(seconds, 3),
            mean_loss=statistics.mean_loss,
            **statistics._asdict(),
        )


class Several(Progress):
    """Passes everything on to several displays."""

    def __init__(self, displays: Sequence[Progress]) -> None:
        self.displays = displays

    def compiling(self) -> None:
        """Pass on."""
        for display in self.displays:
            display.compiling()

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Pass on."""
        for display in self.displays:
            display.start(schedule, done)

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Pass on."""
        for display in self.displays:
            display.chunk(statistics, alpha)

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Pass on."""
        for display in self.displays:
            display.epoch(number, statistics, seconds)

    def close(self) -> None:
        """Pass on."""
        for display in self.displays:
            display.close()
