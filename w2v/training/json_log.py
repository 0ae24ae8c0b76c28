"""The log of a run: one JSON object per line, in a file."""

import contextlib
import json
import math
import os
import time
from pathlib import Path
from typing import Any, Self

from w2v.system.console import log
from w2v.training.history import Statistics
from w2v.training.progress import Figures, Meter
from w2v.training.schedule import Schedule

_LOG_SECONDS = 1.0


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

    def meter(self, seconds: float = _LOG_SECONDS) -> "JsonMeter":
        """What writes the events of training here."""
        return JsonMeter(self, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None:
            event = "interrupted" if issubclass(kind, KeyboardInterrupt) else "error"
            self.write(event, message=str(error) or kind.__name__)
        self.file.close()


class JsonMeter(Meter):
    """Events of training: `start`, `progress` at once and every second, `epoch` after each epoch."""

    def __init__(self, log: JsonLog, seconds: float = _LOG_SECONDS) -> None:
        super().__init__(seconds, at_once=True)
        self.log = log

    def compiling(self) -> None:
        """Write that too."""
        self.log.write("compiling")

    def start(self, schedule: Schedule, done: Statistics) -> None:
        """Write the schedule."""
        super().start(schedule, done)
        self.log.write("start", n_words=self.n_all, **schedule._asdict())

    def show(self, figures: Figures) -> None:
        """Write the figures."""
        values = figures._asdict()
        del values["is_epoch_end"]  # the event says so
        self.log.write("progress", **values)

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """Write the epoch's sums."""
        super().epoch(number, statistics, seconds)
        self.log.write(
            "epoch",
            epoch=number,
            seconds=round(seconds, 3),
            mean_loss=statistics.mean_loss,
            **statistics._asdict(),
        )
