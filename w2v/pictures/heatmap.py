"""Cosines of words with each other as a heat map, similar words side by side, with the tree that orders them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.word_lists import WordList, list_vectors
from w2v.pictures.figure import QUIET, new_figure
from w2v.system.files import PathLike

MOST_WORDS = 200
_WRITTEN = 16  # with at most so many words the cosines are written


def ordered_cosines(unit: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The order (n,) in which similar rows of unit vectors (n, d) stand side by side, the cosines (n, n) in it, and the
    tree: average linkage of 1 - cosine, its leaves turned so that neighbours are as near as can be (SciPy's `linkage`,
    Bar-Joseph et al. 2001)."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    cosines = np.clip(unit @ unit.T, -1, 1)
    apart = 1 - cosines
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average", optimal_ordering=True)
    order = leaves_list(tree).astype(np.int64)
    return order, cosines[np.ix_(order, order)], tree


def draw_heatmap(model: Any, words: Sequence[str], output: PathLike, as_written: bool = False) -> list[str]:
    """Draw it, and return the words in their order. Raises `ConfigError` for fewer than three words, `W2VError`."""
    if len(words) > MOST_WORDS:
        raise ConfigError(f"{len(words)} words do not fit a picture; give {MOST_WORDS} at most")
    found = list_vectors(model, WordList("the heat map", tuple(dict.fromkeys(words))), 0, as_written)
    if len(found.words) < 3:
        raise ConfigError("a heat map takes three words at least; give more")
    order, cosines, tree = ordered_cosines(found.unit)
    named, n = [found.words[row] for row in order.tolist()], len(order)
    side = min(max(3.0, 0.3 * n), 24.0)
    with new_figure(output, side + 2.6, side + 2.2) as figure:
        _draw(figure, named, cosines, tree, side)
    return named


def _draw(figure: Any, words: list[str], cosines: NDArray[np.float64], tree: NDArray[np.float64], side: float) -> None:
    from scipy.cluster.hierarchy import dendrogram

    n = len(words)
    (above, _), (ax, bar) = figure.subplots(2, 2, height_ratios=[0.8, side], width_ratios=[side, 0.18])
    _.set_axis_off()
    dendrogram(tree, ax=above, no_labels=True, color_threshold=0, above_threshold_color=QUIET)
    above.set_axis_off()
    above.set_xlim(0, 10 * n)
    others = cosines[~np.eye(n, dtype=bool)]
    low, high = float(others.min()), float(others.max())
    shown = np.where(np.eye(n, dtype=bool), np.nan, cosines)
    image = ax.imshow(shown, cmap="YlGnBu", vmin=min(low, 0), vmax=max(high, low + 1e-6), aspect="auto")
    ax.set_facecolor("#eceef0")
    size = 9 if n <= 40 else max(3.5, 9 * 40 / n)
    ax.set_xticks(range(n), words, rotation=60, ha="right", rotation_mode="anchor", fontsize=size)
    ax.set_yticks(range(n), words, fontsize=size)
    ax.tick_params(length=0, colors="#1d2126")
    for spine in ax.spines.values():
        spine.set_visible(False)
    if n <= _WRITTEN:
        half = (min(low, 0) + high) / 2
        for row, column in np.argwhere(~np.eye(n, dtype=bool)).tolist():
            value = cosines[row, column]
            colour = "white" if value > half + 0.15 * (high - low) else "#1d2126"
            ax.text(column, row, f"{value:.2f}".replace("0.", "."), ha="center", va="center", fontsize=7, color=colour)
    figure.colorbar(image, cax=bar, label="cosine")
    bar.tick_params(labelsize=8)
    bar.spines[:].set_visible(False)
