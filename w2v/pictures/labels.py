"""Words beside their points, where they cover neither each other nor points."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_DIRECTIONS = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
_DISTANCES = (6.0, 13.0, 24.0, 38.0, 55.0)  # of a label from its point, in points
_LEADER = 12.0  # from this distance on a line leads to the point
_PADDING = 1.5


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "_Box") -> float:
        """The area that both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide * high if wide > 0 and high > 0 else 0.0


def place_labels(
    ax: Any,
    places: np.ndarray,
    words: Sequence[str],
    *,
    all_of_them: bool = True,
    obstacles: np.ndarray | None = None,
    **style: Any,
) -> list[Any]:
    """Write words beside their places (n, 2), in data coordinates; the first find room first. Returns the annotations.

    all_of_them: whether one without room is written where it covers least; otherwise it is left out. Limits of the axes
    have to be set before. obstacles: further places (m, 2) to leave free. style: of the texts, as matplotlib has it.
    """
    figure = ax.figure
    figure.canvas.draw()  # the layout of the figure is made
    renderer, pixels = figure.canvas.get_renderer(), figure.dpi / 72  # a point in pixels
    spots = ax.transData.transform(np.asarray(places, dtype=float))
    frame = _Box(*ax.get_window_extent(renderer).extents)
    busy = spots if obstacles is None else np.concatenate([spots, ax.transData.transform(obstacles)])
    taken: list[_Box] = []
    written = []
    for (x, y), word in zip(spots.tolist(), words, strict=True):
        probe = ax.text(0, 0, word, **style)
        size = probe.get_window_extent(renderer)
        probe.remove()
        best: tuple[float, tuple[float, float], _Box] | None = None
        for distance in _DISTANCES:
            for right, up in _DIRECTIONS:
                dx, dy = _offset(right, up, distance * pixels, size.width, size.height)
                box = _Box(x + dx - size.width / 2 - _PADDING, y + dy - size.height / 2 - _PADDING,
                           x + dx + size.width / 2 + _PADDING, y + dy + size.height / 2 + _PADDING)  # fmt: skip
                cost = _cost(box, taken, busy, frame)
                if best is None or cost < best[0]:
                    best = cost, (dx / pixels, dy / pixels), box
            if best is not None and best[0] == 0:
                break
        assert best is not None
        cost, (dx, dy), box = best
        if cost > 0 and not all_of_them:
            continue
        taken.append(box)
        arrow = {"arrowstyle": "-", "color": "#9aa3ae", "lw": 0.6, "shrinkA": 0, "shrinkB": 2}
        far = np.hypot(max(abs(dx) - size.width / pixels / 2, 0), max(abs(dy) - size.height / pixels / 2, 0)) > _LEADER
        written.append(ax.annotate(
            word, ax.transData.inverted().transform((x, y)), xytext=(dx, dy), textcoords="offset points", ha="center",
            va="center", arrowprops=arrow if far else None, **style,
        ))  # fmt: skip
    return written


def _offset(right: int, up: int, distance: float, width: float, height: float) -> tuple[float, float]:
    """From the point to the middle of the label."""
    slant = 0.7 if right and up else 1.0
    return right * (distance * slant + width / 2), up * (distance * slant + height / 2)


def _cost(box: _Box, taken: Sequence[_Box], busy: np.ndarray, frame: _Box) -> float:
    """What a label here would cover: of other labels, of points, and of what is outside."""
    labels = sum(box.overlap(other) for other in taken)
    inside = (busy > (box.left, box.bottom)).all(axis=1) & (busy < (box.right, box.top)).all(axis=1)
    area = (box.right - box.left) * (box.top - box.bottom)
    return 10 * labels + 30 * float(inside.sum()) + 20 * max(area - box.overlap(frame), 0.0)
