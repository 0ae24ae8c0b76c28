"""Time per word as one thing grows: vocabulary, dimension, corpus, threads; on synthetic ids drawn by Zipf's law.

The ids go straight to the trainer, so reading is not in it. Each curve varies one thing and keeps the others at
V = 50,000, d = 100, one thread.
"""

import json
from argparse import Namespace
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.plots import check_plots, draw
from bench.sides import Figure, alternate, say, wanted
from bench.training import NAMES, Point, train_epochs
from w2v.corpus.stream import BREAK
from w2v.kernel.weights import initial_weights
from w2v.training.engine import Load

CURVES: dict[str, tuple[str, tuple[int, ...]]] = {
    "vocabulary": ("V", (10_000, 30_000, 100_000, 300_000, 1_000_000)),
    "dimension": ("d", (50, 100, 200, 300, 500, 1_000)),
    "corpus": ("words", (1, 2, 4, 8)),
    "threads": ("threads", (1, 2)),
}
MODELS = (("sg", "ns"), ("cbow", "ns"))
_COUNTED = 1e9  # words of the corpus that the counts are those of
_SENTENCE = 1_000


class Setting(NamedTuple):
    """A point of a curve."""

    model: str
    loss: str
    n_words: int = 50_000
    vector_size: int = 100
    threads: int = 1
    n_tokens: int = 1_000_000


def measure(args: Namespace) -> Iterator[Figure]:
    """A row for each point; `--growth-json` writes the points, `--plots` draws them."""
    check_plots(args.plots)
    points = []
    for curve, (symbol, values) in CURVES.items():
        for model, loss in MODELS:
            if not wanted(f"{curve}-{model}", args.only):
                continue
            say(f"growth: {curve}, {model}")
            settings = [varied(curve, value, Setting(model, loss, n_tokens=args.growth_words)) for value in values]
            sides = {str(one): Prepared(one) for one in settings}
            times = alternate(sides, args.rounds, warm_up=1)
            for setting, value in zip(settings, values, strict=True):
                per_word = [1e6 * seconds / setting.n_tokens for seconds in times.get(str(setting), [])]
                if not per_word:
                    continue
                amount = setting.n_tokens if curve == "corpus" else value
                points.append({"curve": curve, "model": model, "symbol": symbol, "value": amount, "µs": per_word})
                what = f"{curve}: {NAMES[model]}, {NAMES[loss]}, {symbol} = {amount:,}"
                yield Figure("growth", what, {"w2v": per_word}, "µs per word")
    if args.growth_json:
        args.growth_json.write_text(json.dumps(points, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.plots:
        draw(points, args.plots)


def varied(curve: str, value: int, base: Setting) -> Setting:
    """The base setting with one thing changed."""
    return {
        "vocabulary": base._replace(n_words=value),
        "dimension": base._replace(vector_size=value),
        "corpus": base._replace(n_tokens=value * base.n_tokens),
        "threads": base._replace(threads=value),
    }[curve]


class Prepared:
    """A side: one epoch over ids made for a setting."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.config = Point(setting.model, setting.loss, setting.vector_size, setting.threads).config()
        self.counts, self.ids = zipf(setting.n_words, setting.n_tokens)
        self.weights = initial_weights(setting.n_words, self.config)

    def __call__(self) -> float:
        """Seconds of one epoch."""
        return sum(train_epochs(Load(self.weights, self.ids, self.counts, self.config)).seconds)


def zipf(n_words: int, n_tokens: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Counts (V,) by the Zipf-Mandelbrot law, and a stream of ids drawn by it with a BREAK (−1) after each sentence."""
    shares = 1 / (np.arange(n_words) + 2.7)
    shares /= shares.sum()
    counts = np.maximum(np.rint(shares * _COUNTED), 5).astype(np.int64)
    drawn = np.searchsorted(np.cumsum(shares), np.random.default_rng(seed).random(n_tokens))
    ids = np.minimum(drawn, n_words - 1).astype(np.int32)
    return counts, np.insert(ids, np.arange(_SENTENCE, n_tokens + 1, _SENTENCE), BREAK)
