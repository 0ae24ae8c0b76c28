"""How often a word occurs against the length of its vector."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.formats.format import MADE_UP_COUNTS
from w2v.pictures.figure import ACCENT, new_figure
from w2v.pictures.labels import place_labels
from w2v.system.files import PathLike

_BINS = 24  # of counts, for the middle half of lengths
_LABELLED_BINS = 14  # in each of them the longest and the shortest vector have names
_FEW = 8  # words: too few for a median


def draw_frequency(model: Any, output: PathLike) -> None:
    """Draw all words of a model: how many there are of each count and length, the median length with the middle half,
    and the names of words that stand apart. Raises `ConfigError` without counts, `W2VError`."""
    if "count" not in model.expandos or MADE_UP_COUNTS.items() <= model.metadata.items():
        raise ConfigError("these vectors carry no counts of words; a .w2v file of a trained model does")
    counts = np.asarray(model.expandos["count"], dtype=np.float64)
    usable = (counts > 0) & np.isfinite(model.norms)
    if usable.sum() < _FEW:
        raise ConfigError(f"{int(usable.sum())} words with counts make no picture; give a model with more")
    rows, logs = np.flatnonzero(usable), np.log10(counts[usable])
    norms = np.asarray(model.norms, dtype=np.float64)[usable]
    with new_figure(output, 8.0, 5.6) as figure:
        ax = figure.subplots()
        cells = ax.hexbin(logs, norms, gridsize=70, bins="log", cmap="Blues", mincnt=1, linewidths=0)
        bar = figure.colorbar(cells, ax=ax, label="words", pad=0.01)
        bar.outline.set_visible(False)
        powers = np.arange(np.log10(max(cells.get_clim()[1], 1)) + 1e-9)
        bar.set_ticks(10**powers, labels=[f"{10**power:,.0f}" for power in powers])
        bar.minorticks_off()
        middles, quartiles = _quartiles(logs, norms)
        ax.fill_between(middles, quartiles[0], quartiles[2], color=ACCENT, alpha=0.12, lw=0)
        ax.plot(middles, quartiles[1], color=ACCENT, lw=2, label="median, and the middle half of words")
        ax.legend(loc="upper right", fontsize=9)
        room = 0.08 * max(float(np.ptp(norms)), 1e-3)
        ax.set(xlim=(logs.min() - 0.15, logs.max() + 0.35), ylim=(max(norms.min() - room, 0), norms.max() + 1.6 * room))
        ax.set(xlabel="times that a word occurs", ylabel="length of its vector")
        powers = np.arange(np.floor(logs.min()), np.ceil(logs.max()) + 1)
        powers = powers[(powers >= logs.min() - 0.15) & (powers <= logs.max() + 0.35)]
        ax.set_xticks(powers, [f"{10**power:,.0f}" for power in powers])
        apart = _apart(logs, norms)
        names = [str(model.index_to_key[row]) for row in rows[apart].tolist()]
        points = np.stack([logs[apart], norms[apart]], axis=1)
        ax.scatter(*points.T, s=9, color="#1d2126", zorder=3)
        place_labels(ax, points, names, all_of_them=False, fontsize=8.5)


def _quartiles(logs: NDArray[np.float64], norms: NDArray[np.float64]) -> tuple[list[float], NDArray[np.float64]]:
    """Middles of bins of the logarithm of counts, and of each the quartiles (3, n) of lengths; bins with few words are
    left out."""
    place = _bins(logs, _BINS)
    found = [(float(logs[place == one].mean()), np.percentile(norms[place == one], [25, 50, 75]))
             for one in range(_BINS) if (place == one).sum() >= _FEW]  # fmt: skip
    return [middle for middle, _ in found], np.array([three for _, three in found]).reshape(-1, 3).T


def _apart(logs: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.int64]:
    """The words with the longest and the shortest vector of each bin, those of common words first."""
    place, found = _bins(logs, _LABELLED_BINS), []
    for one in range(_LABELLED_BINS - 1, -1, -1):
        members = np.flatnonzero(place == one)
        if len(members):
            found += [int(members[norms[members].argmax()]), int(members[norms[members].argmin()])]
    return np.array(list(dict.fromkeys(found)), dtype=np.int64)


def _bins(values: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    low, wide = values.min(), max(float(np.ptp(values)), 1e-9)
    return np.minimum((n * (values - low) / wide).astype(np.int64), n - 1)
