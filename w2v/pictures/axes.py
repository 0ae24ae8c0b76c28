"""Words on one axis between words, she − he say, or on two."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from w2v.errors import ConfigError
from w2v.evaluation.association import Place, places_on_axis
from w2v.pictures.figure import ACCENT, QUIET, new_figure
from w2v.pictures.labels import place_labels
from w2v.system.files import PathLike

Pairs = Sequence[tuple[str, str]]
MOST_WORDS = 150


def draw_axes(
    model: Any, axes: Sequence[Pairs], words: Sequence[str], output: PathLike, as_written: bool = False
) -> None:
    """Draw the cosines of words with one axis, as rows, or with two, as places on a plane.

    axes: each the pairs that it is made of (`w2v.evaluation.association.axis`). Raises `ConfigError`, `W2VError`.
    """
    if not 1 <= len(axes) <= 2:
        raise ConfigError(f"{len(axes)} axes were given; a picture has one or two")
    if len(words) > MOST_WORDS:
        raise ConfigError(f"{len(words)} words do not fit a picture; give {MOST_WORDS} at most")
    found = [places_on_axis([model], pairs, list(dict.fromkeys(words)), 0, as_written)[0] for pairs in axes]
    if len(found) == 1:
        _draw_rows(found[0], axes[0], output)
    else:
        _draw_plane(found, axes, output)


def _ends(pairs: Pairs) -> tuple[str, str]:
    """What the high and the low end of an axis are called."""
    return ", ".join(first for first, _ in pairs), ", ".join(second for _, second in pairs)


def _draw_rows(places: list[Place], pairs: Pairs, output: PathLike) -> None:
    n, (high, low) = len(places), _ends(pairs)
    cosines = [place.cosine for place in places]
    with new_figure(output, 6.4, 1.2 + 0.24 * n) as figure:
        ax = figure.subplots()
        rows = np.arange(n)[::-1]
        colours = [ACCENT if cosine > 0 else "#2f6db5" for cosine in cosines]
        ax.hlines(rows, 0, cosines, color=colours, lw=1.2, alpha=0.5)
        ax.scatter(cosines, rows, color=colours, s=28, zorder=3)
        ax.axvline(0, color=QUIET, lw=0.8)
        ax.set_yticks(rows, [place.word for place in places], fontsize=9.5)
        ax.tick_params(axis="y", length=0, colors="#1d2126")
        ax.spines["left"].set_visible(False)
        most = 1.12 * max(*np.abs(cosines), 1e-3)
        ax.set(xlim=(-most, most), ylim=(-0.8, n - 0.2))
        ax.set_title(f"← {low}", loc="left", fontsize=10)
        ax.set_title(f"{high} →", loc="right", fontsize=10)
        ax.set_xlabel(f"cosine with {high} − {low}" if len(pairs) == 1 else "cosine with the axis")
        ax.grid(axis="x", color="#eceef0", lw=0.8)
        ax.set_axisbelow(True)


def _draw_plane(found: list[list[Place]], axes: Sequence[Pairs], output: PathLike) -> None:
    across, up = ({place.word: place.cosine for place in places} for places in found)
    words = list(across)
    points = np.array([(across[word], up[word]) for word in words])
    with new_figure(output, 7.6, 6.6) as figure:
        ax = figure.subplots()
        ax.axhline(0, color="#c9ced4", lw=0.8)
        ax.axvline(0, color="#c9ced4", lw=0.8)
        ax.scatter(*points.T, color=ACCENT, s=22, zorder=3)
        low, high = points.min(axis=0), points.max(axis=0)
        room = 0.12 * np.maximum(high - low, 1e-3)
        ax.set(xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1]))
        (right, left), (top, bottom) = map(_ends, axes)
        ax.set_xlabel(f"← {left}        cosine        {right} →")
        ax.set_ylabel(f"← {bottom}        cosine        {top} →")
        place_labels(ax, points, words, fontsize=9.5)
