"""Words that move: how far each is from where it was in the first period, in each of the others."""

from collections.abc import Sequence

import numpy as np

from w2v.evaluation.comparing import Shifts
from w2v.pictures.figure import colours, new_figure
from w2v.system.files import PathLike

_MOST = 12  # words that can be told from each other


def draw_shifts(names: Sequence[str], shifts: Shifts, output: PathLike) -> None:
    """A line for each of the first 12 words, the mean over runs, with the deviation as a bar. names: of the periods.
    Raises `ConfigError`, `MissingPackageError` as `new_figure` does."""
    words = shifts.words[:_MOST]
    with new_figure(output, 3.5 + 1.5 * len(names), 4) as figure:
        ax = figure.subplots()
        for place, (word, colour) in enumerate(zip(words, colours(len(words)), strict=True)):
            runs = [path[:, place] for path in shifts.paths]
            means = [float(np.mean(some)) for some in runs]
            bars = [float(np.std(some, ddof=1)) if len(some) > 1 else 0.0 for some in runs]
            ax.errorbar(range(len(names)), means, bars, marker=".", capsize=2, color=colour, label=str(word.word))
        ax.set(xticks=range(len(names)), ylabel=f"cosine distance from {names[0]}")
        ax.set_xticklabels(names)
        figure.legend(fontsize="small", loc="outside right upper")
