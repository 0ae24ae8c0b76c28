"""Curves of a run from its log: of `train --log` and of `classify train --log`."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from w2v.errors import ConfigError, FormatError, W2VError
from w2v.system.files import PathLike, atomic_writer

SUFFIXES = (".png", ".svg", ".pdf")
_MAX_LINE = 1 << 20
Run = list[dict[str, Any]]


def read_log(path: PathLike) -> Run:
    """The events of the last run in a log, those of a run that it went on from included.

    Raises `FormatError`, naming the line, for what is no log; `W2VError` when it cannot be read.
    """
    events: Run = []
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE), b""), 1):
                event = _event(path, number, line)
                if event["event"] == "run" and not event.get("resumed"):
                    events = []
                events.append(event)
    except OSError as error:
        raise W2VError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    if not any(event["event"] in ("epoch", "fit_epoch", "progress") for event in events):
        raise FormatError(f"{path}: no epoch is in this log yet; let the run go on for a while")
    return events


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
    if Path(output).suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{output}: a picture ends in one of {', '.join(SUFFIXES)}")
    runs = {str(path): read_log(path) for path in paths}
    try:
        import matplotlib
    except ImportError as error:
        raise W2VError("drawing needs matplotlib; run: pip install 'w2v[plot]'") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    curves = {name: _curves(run) for name, run in runs.items()}
    titles = list(dict.fromkeys(title for found in curves.values() for title in found))
    figure, axes = pyplot.subplots(1, len(titles), figsize=(4.5 * len(titles), 3.5), squeeze=False)
    for ax, title in zip(axes[0], titles, strict=True):
        for name, found in curves.items():
            for what, (x, y) in found.get(title, {}).items():
                label = ", ".join(filter(None, [Path(name).stem if len(curves) > 1 else "", what]))
                ax.plot(x, y, marker="." if len(x) < 50 else None, label=label or None)
        ax.set(xlabel="epoch", title=title)
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
    figure.tight_layout()
    picture = io.BytesIO()
    figure.savefig(picture, format=Path(output).suffix[1:].lower(), dpi=150)
    pyplot.close(figure)
    with atomic_writer(output) as file:
        file.write(picture.getvalue())


def _curves(run: Run) -> dict[str, dict[str, tuple[list[float], list[float]]]]:
    """title → curve → (epochs, values). Numbers that a log has as null are left out, and of a classifier what happens
    within an epoch."""
    fits = any(event["event"] == "fit_epoch" for event in run)
    n_epochs = next((event["n_epochs"] for event in run if event["event"] == "start"), 1)
    found: dict[str, dict[str, tuple[list[float], list[float]]]] = {}

    def add(title: str, what: str, x: float, y: Any) -> None:
        if isinstance(y, int | float):
            curve = found.setdefault(title, {}).setdefault(what, ([], []))
            curve[0].append(x)
            curve[1].append(y)

    for event in run:
        if event["event"] == "progress" and not fits:
            epoch = event.get("done", 0) * n_epochs
            add("loss per pair", "so far", epoch, event.get("loss"))
            add("learning rate", "", epoch, event.get("alpha"))
            add("words per second", "", epoch, event.get("words_per_second"))
        elif event["event"] == "epoch":
            add("loss per pair", "epoch", event.get("epoch", 0), event.get("mean_loss"))
        elif event["event"] == "fit_epoch":
            for part in ("", "validation_"):
                name = part.rstrip("_") or "train"
                add("loss", name, event.get("epoch", 0), event.get(f"{part}loss"))
                add("accuracy", name, event.get("epoch", 0), event.get(f"{part}accuracy"))
    return found
