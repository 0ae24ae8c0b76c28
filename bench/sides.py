"""What is measured: two or more sides of one piece of work, timed in alternating rounds, and how a row is printed.

Other work on the machine slows all sides of a round alike, so the ratio is taken round by round, and its median counts.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from w2v.errors import W2VError

OURS = "w2v"


class SideError(Exception):
    """A side cannot run: one sentence that says why and what to do."""


FAILURES = (SideError, W2VError, ImportError, OSError, MemoryError)


@dataclass(frozen=True)
class Comparison:
    """One piece of work and the seconds each side took for it, round by round.

    work: units done in a round, to print rates in `unit` ("words/s"); without it seconds are printed. target: what
    theirs / ours has to reach, by side. limit: the most seconds ours may take. note: what a reader must know.
    """

    section: str
    what: str
    seconds: dict[str, list[float]]
    work: float | None = None
    unit: str = ""
    target: dict[str, float] = field(default_factory=dict)
    limit: float | None = None
    note: str = ""
    ours: str = OURS

    def ratio(self, side: str) -> tuple[float, float, float]:
        """Median, least and largest theirs / ours over the rounds."""
        ratios = [theirs / ours for theirs, ours in zip(self.seconds[side], self.seconds[self.ours], strict=False)]
        return statistics.median(ratios), min(ratios), max(ratios)

    def peers(self) -> list[str]:
        """The sides that were measured, without ours."""
        return [side for side in self.seconds if side != self.ours]

    def is_met(self, side: str = "") -> bool | None:
        """Whether the target against a side is reached, or (no side) the limit kept; None where there is none."""
        if self.ours not in self.seconds:
            return None
        if not side:
            return None if self.limit is None else statistics.median(self.seconds[self.ours]) <= self.limit
        return None if side not in self.target else self.ratio(side)[0] >= self.target[side]

    def lines(self) -> list[str]:
        """Markdown rows, one per peer (see `COMPARISON_HEAD`)."""
        name = self.what + (f" ({self.note})" if self.note else "")
        if self.ours not in self.seconds:
            return [f"| {name} | failed | | | | |"]
        ours, limit = self.shown(self.ours), ""
        if self.limit is not None:
            limit = f"≤ {duration(self.limit)}{mark(self.is_met())}"
        rows = []
        for side in self.peers():
            median, least, most = self.ratio(side)
            ratio = f"**{number(median)}** ({number(least)} … {number(most)})"
            wanted = f"≥ {self.target[side]:g}{mark(self.is_met(side))}" if side in self.target else ""
            rows.append(f"| {name} | {ours} | {side} | {self.shown(side)} | {ratio} | {wanted or limit} |")
        return rows or [f"| {name} | {ours} | | | | {limit} |"]

    def shown(self, side: str) -> str:
        """The median of a side, as a rate or as a time."""
        seconds = statistics.median(self.seconds[side])
        return duration(seconds) if self.work is None else f"{number(self.work / seconds)} {self.unit}"


@dataclass(frozen=True)
class Figure:
    """A quantity that is not a time, by side: megabytes, a score, a limit of the machine.

    values: one per round or seed. at_least, at_most: what ours has to keep, by its median. not_below: the side whose
    mean ours may miss by no more than a standard deviation (the larger one of the two).
    """

    section: str
    what: str
    values: dict[str, list[float]]
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    not_below: str = ""
    note: str = ""
    ours: str = OURS

    def is_met(self) -> bool | None:
        """Whether the limits are kept; None where there are none."""
        if self.ours not in self.values:
            return None
        ours = statistics.median(self.values[self.ours])
        if self.not_below in self.values:
            theirs = self.values[self.not_below]
            slack = max(deviation(self.values[self.ours]), deviation(theirs))
            return statistics.mean(self.values[self.ours]) >= statistics.mean(theirs) - slack
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or ours >= self.at_least) and (self.at_most is None or ours <= self.at_most)

    def lines(self) -> list[str]:
        """One Markdown row (see `FIGURE_HEAD`)."""
        name = self.what + (f" ({self.note})" if self.note else "")
        sides = {side: self.shown(side) for side in self.values}
        ours = sides.pop(self.ours, "" if sides else "failed")
        wanted = ""
        if self.at_least is not None:
            wanted = f"≥ {number(self.at_least)}{mark(self.is_met())}"
        elif self.at_most is not None:
            wanted = f"≤ {number(self.at_most)}{mark(self.is_met())}"
        elif self.is_met() is not None:
            wanted = f"not below {self.not_below}{mark(self.is_met())}"
        return [f"| {name} | {ours} | {', '.join(f'{s} {v}' for s, v in sides.items())} | {self.unit} | {wanted} |"]

    def shown(self, side: str) -> str:
        """Mean ± standard deviation for several seeds (where a side is compared by them), else the median."""
        values = self.values[side]
        if not self.not_below:
            return number(statistics.median(values))
        return f"{statistics.mean(values):.1f}" + (f" ± {deviation(values):.1f}" if len(values) > 1 else "")


Row = Comparison | Figure
_KINDS = {"comparison": Comparison, "figure": Figure}
COMPARISON_HEAD = "| what | w2v | beside | | theirs / ours, median (min … max) | target |\n|---|---|---|---|---|---|"
FIGURE_HEAD = "| what | w2v | others | unit | target |\n|---|---|---|---|---|"


def alternate(sides: Mapping[str, Callable[[], float | None]], rounds: int, warm_up: int = 0) -> dict[str, list[float]]:
    """Call each side in turn, `rounds` times (after `warm_up` rounds that do not count); returns seconds by side.

    A side returns the seconds it took, or None to have the call timed. A side that fails is left out, and standard
    error gets the reason; the others go on.
    """
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(-warm_up, rounds):
        for side, work in sides.items():
            if side not in seconds:
                continue
            began = time.perf_counter()
            try:
                own = work()
            except FAILURES as error:
                say(f"{side} is left out: {error}")
                del seconds[side]
                continue
            took = time.perf_counter() - began if own is None else own
            if turn >= 0:
                seconds[side].append(took)
    return seconds


def wanted(key: str, only: list[str]) -> bool:
    """Whether a row is asked for: there is no `--only`, or one of its names begins the row's key ("sg-ns" begins
    "sg-ns-300-1")."""
    return not only or any(key == name or key.startswith(f"{name}-") for name in only)


def say(text: str) -> None:
    """A progress line on standard error."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds with a unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{number(seconds / size)} {unit}"
    raise AssertionError("the last unit always fits")


def number(value: float) -> str:
    """Three digits that count, whole numbers with thousands separated."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def deviation(values: list[float]) -> float:
    """Standard deviation of a sample; 0 for one value."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def mark(is_met: bool | None) -> str:
    """What stands after a target."""
    return {True: " ✓", False: " ✗", None: ""}[is_met]


def markdown(rows: Iterable[Row]) -> str:
    """One table of comparisons and one of figures, whichever there are."""
    rows = list(rows)
    tables = []
    for kind, head in ((Comparison, COMPARISON_HEAD), (Figure, FIGURE_HEAD)):
        lines = [line for row in rows if isinstance(row, kind) for line in row.lines()]
        if lines:
            tables.append("\n".join([head, *lines]))
    return "\n\n".join(tables) + "\n" if tables else ""


def as_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows as plain data, with all rounds."""
    return [{"kind": type(row).__name__.lower(), **asdict(row)} for row in rows]


def from_json(data: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows that `as_json` wrote."""
    rows: list[Row] = []
    for item in data:
        fields = {name: value for name, value in item.items() if name not in ("kind", "run")}
        rows.append(_KINDS[item["kind"]](**fields))
    return rows
