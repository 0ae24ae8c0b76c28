"""Curves of a run from its log: of `train --log` and of `classify train --log`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from w2v.errors import FormatError, W2VError
from w2v.pictures.figure import check_suffix, colours, new_figure
from w2v.system.files import PathLike
from w2v.system.wording import unreadable

_MAX_LINE = 1 << 20
_LARGE = 10_000  # numbers that need commas
RECENT = "since the point before"  # what the loss of a progress event is the mean of
# A colour is a run, in all panels; what is drawn of it is told by the line.
_STYLES = {RECENT: ":", "validation": "--"}
Run = list[dict[str, Any]]


def read_runs(path: PathLike) -> list[Run]:
    """The events of each run in a log that has an epoch or a part of one; what went on from a run belongs to it.

    Raises `FormatError`, naming the line, for what is no log; `W2VError` when it cannot be read.
    """
    runs: list[Run] = []
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE), b""), 1):
                event = _event(path, number, line)
                if not runs or (event["event"] == "run" and not event.get("resumed")):
                    runs.append([])
                runs[-1].append(event)
    except OSError as error:
        raise W2VError(unreadable(path, error)) from error
    runs = [run for run in runs if any(event["event"] in ("epoch", "fit_epoch", "progress") for event in run)]
    if not runs:
        raise FormatError(f"{path}: no epoch is in this log yet; let the run go on for a while")
    return runs


def _event(path: PathLike, number: int, line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}, line {number}: not a line of a log ({error}); give what --log wrote") from error
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise FormatError(f"{path}, line {number}: not an event of a log; give what --log wrote")
    return event


def draw(paths: Sequence[PathLike], output: PathLike) -> None:
    """Draw the curves of all logs into one picture. Raises `W2VError` where matplotlib is missing."""
    check_suffix(output)
    curves = {name: _curves(run) for name, run in _named_runs(list(dict.fromkeys(map(str, paths)))).items()}
    titles = list(dict.fromkeys(title for found in curves.values() for title in found))
    with new_figure(output, 4.5 * len(titles), 3.5) as figure:
        axes = figure.subplots(1, len(titles), sharex=True, squeeze=False)
        for ax, title in zip(axes[0], titles, strict=True):
            for colour, (name, found) in zip(colours(len(curves)), curves.items(), strict=True):
                for what, (x, y) in found.get(title, {}).items():
                    label = ", ".join(filter(None, [name if len(curves) > 1 else "", what]))
                    marker = "." if len(x) < 50 else None
                    ax.plot(x, y, _STYLES.get(what, "-"), color=colour, marker=marker, label=label or None)
            ax.set(xlabel="epoch", title=title)
            if ax.get_ylim()[1] >= _LARGE:
                ax.yaxis.set_major_formatter("{x:,.0f}")
            if ax.get_legend_handles_labels()[0]:
                ax.legend(fontsize="small")


def _named_runs(paths: Sequence[str]) -> dict[str, Run]:
    """The runs of all logs, called by the name of the log, or by its path where two have one name, and a number where
    there are several in one."""
    stems = [Path(path).stem for path in paths]
    found: dict[str, Run] = {}
    for path, stem in zip(paths, stems, strict=True):
        name, runs = stem if stems.count(stem) == 1 else path, read_runs(path)
        found |= {f"{name}, run {n}" if len(runs) > 1 else name: run for n, run in enumerate(runs, 1)}
    return found


def _curves(run: Run) -> dict[str, dict[str, tuple[list[float], list[float]]]]:
    """title → curve → (epochs, values). Numbers that a log lacks or has as null are left out, and of a classifier what
    happens within an epoch."""
    fits = any(event["event"] == "fit_epoch" for event in run)
    n_epochs = _n_epochs(run)
    found: dict[str, dict[str, tuple[list[float], list[float]]]] = {}

    def add(title: str, what: str, x: float | None, y: float | None) -> None:
        if x is not None and y is not None:
            curve = found.setdefault(title, {}).setdefault(what, ([], []))
            curve[0].append(x)
            curve[1].append(y)

    for event in run:
        epoch = _number(event, "epoch")
        if event["event"] == "progress" and not fits:
            done = _number(event, "done")
            place = None if done is None else done * n_epochs
            add("loss per pair", RECENT, place, _number(event, "loss"))
            add("learning rate", "", place, _number(event, "alpha"))
            add("words per second, mean so far", "", place, _number(event, "words_per_second"))
        elif event["event"] == "epoch":
            add("loss per pair", "epoch", epoch, _number(event, "mean_loss"))
        elif event["event"] == "fit_epoch":
            for part in ("", "validation_"):
                name = part.rstrip("_") or "train"
                add("loss", name, epoch, _number(event, f"{part}loss"))
                add("accuracy", name, epoch, _number(event, f"{part}accuracy"))
    return found


def _n_epochs(run: Run) -> float:
    """How many epochs the whole run has: as its start says, its settings, or else the last one that is done."""
    configs = [event["config"] for event in run if isinstance(event.get("config"), dict)]
    said = [_number(event, "n_epochs") for event in run] + [_number(config, "epochs") for config in configs]
    return next((n for n in said if n), max((_number(event, "epoch") or 1 for event in run), default=1))


def _number(event: Mapping[str, Any], name: str) -> float | None:
    value = event.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
