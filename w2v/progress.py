"""Showing how training goes: a bar on a terminal, a line every few seconds elsewhere, JSON lines in a log file."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from w2v.trainer import Progress, Schedule, Statistics

_LINE_SECONDS = 5.0


class Meter(Progress):
    """Keeps the figures that every display needs."""

    def start(self, schedule: Schedule) -> None:
        """Reset the figures."""
        self.schedule, self.began = schedule, time.monotonic()
        self.n_total = schedule.n_epochs * schedule.n_tokens
        self.n_done, self.alpha = 0, schedule.start_alpha
        self.recent = Statistics()

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Add a chunk."""
        self.recent = self.recent.plus(statistics)
        self.n_done += int(statistics[2] + statistics[3])
        self.alpha = alpha

    def figures(self) -> dict[str, Any]:
        """Share done, words per second, learning rate, loss per pair since the last call, seconds left."""
        seconds = max(time.monotonic() - self.began, 1e-9)
        share = min(self.n_done / max(self.n_total, 1), 1.0)
        figures = {
            "done": round(share, 4),
            "words_per_second": round(self.n_done / seconds),
            "alpha": round(self.alpha, 6),
            "loss": round(self.recent.mean_loss, 5),
            "seconds": round(seconds, 2),
            "eta_seconds": round(seconds * (1 - share) / share, 1) if share else None,
        }
        self.recent = Statistics()
        return figures


class Bar(Meter):
    """tqdm on a terminal: percent, words per second, learning rate, loss, time left."""

    def start(self, schedule: Schedule) -> None:
        """Show the bar."""
        super().start(schedule)
        self.bar = tqdm(total=self.n_total, unit="words", unit_scale=True, desc="training", dynamic_ncols=True)
        self.shown = 0.0

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Move the bar."""
        super().chunk(statistics, alpha)
        self.bar.update(int(statistics[2] + statistics[3]))
        if time.monotonic() - self.shown > 0.5:
            figures, self.shown = self.figures(), time.monotonic()
            self.bar.set_postfix_str(f"alpha {figures['alpha']:.5f}, loss {figures['loss']:.4f}", refresh=False)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self.bar.close()


class Lines(Meter):
    """One plain line every few seconds and one per epoch, for logs and pipes."""

    def __init__(self, stream: IO[str] | None = None, seconds: float = _LINE_SECONDS) -> None:
        self.stream, self.seconds = stream or sys.stderr, seconds

    def start(self, schedule: Schedule) -> None:
        """Start the clock."""
        super().start(schedule)
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
        rate = (statistics.n_trained + statistics.n_subsampled) / max(seconds, 1e-9)
        self._print(
            f"epoch {number}/{self.schedule.n_epochs}: loss {statistics.mean_loss:.4f} per pair, {rate:,.0f} "
            f"words/s, {seconds:.1f} s"
        )

    def _print(self, line: str) -> None:
        self.stream.write(line + "\n")
        self.stream.flush()


class JsonLog(Meter):
    """One JSON object per line: `chunks` every few seconds, `epoch` after each epoch."""

    def __init__(self, path: str | Path, seconds: float = 1.0) -> None:
        self.file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - open for the whole run
        self.seconds = seconds

    def write(self, event: str, **values: Any) -> None:
        """Write one event, with the time in seconds since 1970."""
        self.file.write(json.dumps({"event": event, "time": round(time.time(), 3), **values}) + "\n")
        self.file.flush()

    def start(self, schedule: Schedule) -> None:
        """Write the schedule."""
        super().start(schedule)
        self.shown = time.monotonic()
        self.write("start", **schedule._asdict())

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """Write the figures if the last ones are old."""
        super().chunk(statistics, alpha)
        if time.monotonic() - self.shown >= self.seconds:
            self.shown = time.monotonic()
            self.write("progress", **self.figures())

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Write the epoch's sums."""
        self.write(
            "epoch",
            epoch=number,
            seconds=round(seconds, 3),
            mean_loss=statistics.mean_loss,
            **statistics._asdict(),
        )

    def close(self) -> None:
        """Flush; the file stays open for the closing events."""
        self.file.flush()


class Several(Progress):
    """Passes everything on to several displays."""

    def __init__(self, displays: Sequence[Progress]) -> None:
        self.displays = displays

    def start(self, schedule: Schedule) -> None:
        """Pass on."""
        for display in self.displays:
            display.start(schedule)

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
