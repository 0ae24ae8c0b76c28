"""A picture of words that move: how far each is from where it was in the first period, in each of the others."""

import io
from pathlib import Path

import numpy as np

from w2v.errors import ConfigError, MissingPackageError
from w2v.evaluation.comparing import Shifts
from w2v.system.files import PathLike, atomic_writer

SUFFIXES = (".png", ".svg", ".pdf")
_MOST = 12  # words that can be told from each other


def check_picture(output: PathLike) -> None:
    """Raise `ConfigError` for a name that no picture has."""
    if Path(output).suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{output}: a picture ends in one of {', '.join(SUFFIXES)}")


def draw_shifts(names: list[str], shifts: Shifts, output: PathLike) -> None:
    """A line for each of the first 12 words, the mean over runs, with the deviation as a bar. names: of the periods.
    Raises `MissingPackageError` where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError as error:
        raise MissingPackageError("drawing needs matplotlib; run: pip install 'w2v[plot]'") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(1.5 + 1.5 * len(names), 4))
    for place, word in enumerate(shifts.words[:_MOST]):
        runs = [path[:, place] for path in shifts.paths]
        means = [float(np.mean(some)) for some in runs]
        bars = [float(np.std(some, ddof=1)) if len(some) > 1 else 0.0 for some in runs]
        ax.errorbar(range(len(names)), means, bars, marker=".", capsize=2, label=str(word.word))
    ax.set(xticks=range(len(names)), ylabel=f"cosine distance from {names[0]}")
    ax.set_xticklabels(names)
    ax.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    picture = io.BytesIO()
    figure.savefig(picture, format=Path(output).suffix[1:].lower(), dpi=150, bbox_inches="tight")
    pyplot.close(figure)
    with atomic_writer(output) as file:
        file.write(picture.getvalue())
