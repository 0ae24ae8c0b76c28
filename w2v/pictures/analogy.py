"""Analogies as parallelograms: a is to b as c is to ?, in the plane through a, b and c."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.pictures.figure import ACCENT, INK, QUIET, new_figure
from w2v.pictures.labels import place_labels
from w2v.system.files import PathLike


class Parallelogram(NamedTuple):
    """Places (2,) in the plane of a, b and c, which holds `sought`, b − a + c; the answer is cast into it at a right
    angle, from `height` above. cosine: of the answer with what is sought, in space."""

    words: tuple[str, str, str, str]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    sought: NDArray[np.float64]
    answer: NDArray[np.float64]
    height: float
    cosine: float


def parallelogram(model: Any, a: str, b: str, c: str) -> Parallelogram:
    """Of unit vectors, with which the answer is searched (3CosAdd); lengths and angles in the plane are those in space.

    Raises `ConfigError` where a, b and c lie on a line, `UnknownWordError`.
    """
    corner, *others = (np.asarray(model.get_vector(word, norm=True), dtype=np.float64) for word in (a, b, c))
    found = model.most_similar(positive=[b, c], negative=[a], topn=1)
    if not found:
        raise ConfigError(f"there is no other word than {a}, {b} and {c}; give a model with more")
    (answer, cosine), sides = found[0], [other - corner for other in others]
    across = sides[1] / max(float(np.linalg.norm(sides[1])), 1e-12)
    up = sides[0] - (sides[0] @ across) * across
    if not np.linalg.norm(sides[1]) > 0 or not np.linalg.norm(up) > 1e-6:
        raise ConfigError(f"{a}, {b} and {c} lie on one line and make no plane; name other words")
    plane = np.stack([across, up / np.linalg.norm(up)])
    beside = np.asarray(model.get_vector(answer, norm=True), dtype=np.float64) - corner
    shadow = plane @ beside
    height = max(float(beside @ beside - shadow @ shadow), 0.0) ** 0.5
    first, second = (plane @ side for side in sides)
    words = (a, b, c, str(answer))
    return Parallelogram(words, np.zeros(2), first, second, first + second, shadow, height, float(cosine))


def draw_analogies(model: Any, questions: Sequence[tuple[str, str, str]], output: PathLike) -> list[Parallelogram]:
    """Draw a panel for each question (a, b, c), and return what is in them. Raises `ConfigError`, `W2VError`."""
    shapes = [parallelogram(model, *question) for question in questions]
    n_columns = min(len(shapes), 3)
    n_rows = -(-len(shapes) // n_columns)
    with new_figure(output, 5.2 * n_columns, 4.6 * n_rows) as figure:
        axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
        for ax, shape in zip(axes, shapes, strict=False):
            _limits(ax, shape)
        for ax in axes[len(shapes) :]:
            ax.set_axis_off()
        for ax, shape in zip(axes, shapes, strict=False):
            _draw(ax, shape)
    return shapes


def _limits(ax: Any, shape: Parallelogram) -> None:
    a, b, c, _ = shape.words
    corners = np.stack([shape.a, shape.b, shape.c, shape.sought, shape.answer])
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = 0.28 * float((high - low).max())
    ax.set(xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, high[1] + room), aspect="equal")
    ax.set_title(f"{b} − {a} + {c}", pad=8)
    ax.tick_params(labelsize=8)
    ax.grid(color="#eceef0", lw=0.8)
    ax.set_axisbelow(True)


def _draw(ax: Any, shape: Parallelogram) -> None:
    a, b, c, answer = shape.words
    for start, end in ((shape.a, shape.c), (shape.b, shape.sought)):
        ax.plot(*zip(start, end, strict=True), "--", color="#9aa3ae", lw=1)
    for start, end in ((shape.a, shape.b), (shape.c, shape.sought)):
        arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1.6, "shrinkA": 3, "shrinkB": 3, "mutation_scale": 14}
        ax.annotate("", end, xytext=start, arrowprops=arrow)
    ax.plot(*zip(shape.sought, shape.answer, strict=True), ":", color=ACCENT, lw=1.4)
    ax.plot(*zip(shape.a, shape.b, shape.c, strict=True), "o", color=INK, ms=5)
    ax.plot(*shape.sought, "o", mfc="white", mec=INK, ms=6)
    ax.plot(*shape.answer, "o", color=ACCENT, ms=6)
    places = np.stack([shape.answer, shape.a, shape.b, shape.c, shape.sought])
    lines = [(shape.a, shape.b), (shape.c, shape.sought), (shape.a, shape.c), (shape.b, shape.sought),
             (shape.sought, shape.answer)]  # fmt: skip
    steps = np.linspace(0, 1, 60)[:, None]
    drawn = np.concatenate([start + steps * (end - start) for start, end in lines])
    words = [answer, a, b, c, f"{b} − {a} + {c}"]
    texts = place_labels(ax, places, words, obstacles=drawn, fontsize=11, fontweight="bold")
    texts[0].set(color=ACCENT)
    texts[-1].set(color=QUIET, fontsize=9, fontweight="normal")
    ax.set_xlabel(
        f"cosine of {answer} with the open point: {shape.cosine:.2f}; it lies {shape.height:.2f} off this plane",
        size=8.5,
    )
