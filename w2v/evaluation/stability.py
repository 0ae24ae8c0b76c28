"""How much of the neighbours is the seed's: overlap@k of runs, by how common the words are."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.errors import ConfigError
from w2v.evaluation.resampling import Interval, t_interval
from w2v.evaluation.run_sets import nearest, overlap, together

KS = (1, 10, 50)
N_ASKED = 500  # words of a band


@dataclass(frozen=True)
class Band:
    """Words between two ranks (1 is the commonest): how many were asked, how often the rarest of them occurs, if that
    is known, and for each k the mean overlap of two runs' k nearest words, with its interval over words."""

    first: int
    last: int
    n_asked: int
    least_count: int | None
    overlaps: dict[int, float]
    intervals: dict[int, Interval | None]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for `json.dumps`."""
        found = [
            {"k": k, "overlap": self.overlaps[k], "interval": None if interval is None else list(interval)}
            for k, interval in self.intervals.items()
        ]
        return {"first": self.first, "last": self.last, "asked": self.n_asked, "least_count": self.least_count,
                "overlaps": found}  # fmt: skip


def stability(
    runs: Sequence[Any],
    ks: Sequence[int] = KS,
    n_asked: int = N_ASKED,
    restrict_vocab: int | None = None,
    seed: int = 1,
) -> list[Band]:
    """The bands of the words that all runs have: the commonest 100, to 1,000, to 10,000, and so on; of each, `n_asked`
    words are drawn with the seed. The overlap is the mean over all pairs of runs (`KeyedVectors`).

    Raises `ConfigError` for fewer than two runs, and for a k that is not below the number of words.
    """
    if len(runs) < 2:
        raise ConfigError("one run has nothing to agree with; give two or more: w2v train --runs 5 makes them")
    words, units = together(runs, restrict_vocab)
    if not ks or not 1 <= min(ks) <= max(ks) < len(words):
        raise ConfigError(f"neighbours are counted from 1 to fewer than the {len(words):,} words; give another -k")
    generator, bands, first = np.random.default_rng(seed), [], 0
    while first < len(words):
        last = min(max(100, 10 * first), len(words))
        asked = np.arange(first, last)
        if len(asked) > n_asked:
            asked = np.sort(generator.choice(asked, n_asked, replace=False))
        found = [nearest(rows, asked, max(ks)) for rows in units]
        by_word = {
            k: np.mean([overlap(a[:, :k], b[:, :k]) for a, b in itertools.combinations(found, 2)], axis=0) for k in ks
        }
        counts = runs[0].expandos.get("count")
        least = None if counts is None else int(counts[runs[0].get_index(words[last - 1])])
        bands.append(
            Band(
                first + 1,
                last,
                len(asked),
                least,
                {k: float(values.mean()) for k, values in by_word.items()},
                {k: t_interval(values.tolist()) for k, values in by_word.items()},
            )
        )
        first = last
    return bands
