"""Which words stand near which: WEAT, its test of single words, and places on an axis between words.

WEAT (Caliskan, Bryson & Narayanan 2017): are the targets X nearer to the attributes A than to B, and Y not? With s(w)
the mean cosine of w with A less that with B, the effect is (mean s(x) - mean s(y)) / the deviation of s over X and Y,
and the test parts X and Y anew. SC-WEAT (their WEFAT): is one word nearer to A than to B? The effect is s(w) / the
deviation of its cosines over A and B, and the test parts A and B anew. Deviations have n - 1 below.

An axis is a difference of words, `she - he`, or the first principal component of several. A word's place on it is the
cosine; RIPA (Ethayarajh, Duvenaud & Hirst 2019) is the inner product with the vector as long as it is, which common
words do not get for free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.permutation import PValues, permutation_test
from w2v.evaluation.resampling import Interval, t_interval
from w2v.evaluation.statistics import deviation
from w2v.evaluation.word_lists import MAX_MISSING, ListVectors, WordList, list_vectors
from w2v.system.wording import quantity

N_PARTINGS = 100_000  # drawn where they are too many to go through all


@dataclass(frozen=True)
class Association:
    """One test: of two lists of targets, of a word, or (in "all") of the mean over a list of words."""

    name: str
    effect: float  # in standard deviations
    difference: float  # of mean cosines
    p: PValues

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {"name": self.name, "effect": self.effect, "difference": self.difference, **self.p._asdict()}


@dataclass(frozen=True)
class AssociationReport:
    """Result of `associate`: the lists with their coverage, and the tests. kind: "WEAT" or "SC-WEAT"."""

    kind: str
    lists: tuple[ListVectors, ...]
    tests: tuple[Association, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        lists = [{"name": some.name, **some.coverage._asdict(), "missing": list(some.missing)} for some in self.lists]
        return {"kind": self.kind, "lists": lists, "tests": [test.to_dict() for test in self.tests]}


def associate(
    model: Any,
    lists: Sequence[WordList],
    *,
    max_missing: float = MAX_MISSING,
    partings: int = N_PARTINGS,
    seed: int = 1,
    as_written: bool = False,
) -> AssociationReport:
    """WEAT of four lists (two of targets, two of attributes), SC-WEAT of three (words, two of attributes).

    model: `KeyedVectors`. partings: how many are drawn where there are more than 200,000. Raises `ConfigError` for
    other numbers of lists, and where more than `max_missing` of a list, or all but one of its words, are unknown.
    """
    if len(lists) not in (3, 4):
        raise ConfigError(f"{quantity(len(lists), 'list')} of words make no test; give 4 for WEAT or 3 for SC-WEAT")
    if partings < 100 or seed < 0:
        raise ConfigError(f"{partings} partings of seed {seed} make no test; take at least 100, and a seed from 0 on")
    found = tuple(list_vectors(model, some, max_missing, as_written) for some in lists)
    for some in found if len(found) == 4 else found[1:]:
        if len(some.words) < 2:
            raise ConfigError(f"the list {some.name} has one known word; two at least make a test")
    if len(lists) == 4:
        x, y, a, b = (some.unit for some in found)
        test = replace(weat(x, y, a, b, partings, seed), name=f"{found[0].name} / {found[1].name}")
        return AssociationReport("WEAT", found, (test,))
    return AssociationReport("SC-WEAT", found, tuple(_single(found, partings, seed)))


def weat(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    partings: int = N_PARTINGS,
    seed: int = 1,
) -> Association:
    """WEAT of unit vectors: targets x, y, attributes a, b, each (n, d)."""
    s = np.concatenate([x, y]) @ (a.mean(axis=0) - b.mean(axis=0))
    (p,) = permutation_test(s[None], len(x), partings, seed)
    return Association("WEAT", *_effect(s, len(x)), p)


def _single(found: Sequence[ListVectors], partings: int, seed: int) -> list[Association]:
    """A test for each word, and one for their mean."""
    words, a, b = found
    cosines = words.unit @ np.concatenate([a.unit, b.unit]).T
    cosines = np.concatenate([cosines, cosines.mean(axis=0, keepdims=True)])
    p_values = permutation_test(cosines, len(a.unit), partings, seed)
    return [
        Association(name, *_effect(row, len(a.unit)), p)
        for name, row, p in zip([*words.words, f"all {words.name}"], cosines, p_values, strict=True)
    ]


def _effect(values: NDArray[np.float64], n_first: int) -> tuple[float, float]:
    """(the difference of means in deviations of all values, that difference); 0 where nothing varies."""
    difference = float(values[:n_first].mean() - values[n_first:].mean())
    deviation = float(np.std(values, ddof=1))
    return (difference / deviation if deviation > 1e-12 else 0.0), difference


# ---- axes


@dataclass(frozen=True)
class Place:
    """Where a word stands on an axis: the mean over runs of its cosine with it, and of RIPA. interval: of the mean
    cosine over runs, by Student's t; None for one run."""

    word: str
    cosine: float
    ripa: float
    runs: tuple[float, ...]
    interval: Interval | None

    @property
    def deviation(self) -> float | None:
        """Standard deviation of the cosine over runs; None for one."""
        return deviation(self.runs)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {
            "word": self.word,
            "cosine": self.cosine,
            "ripa": self.ripa,
            "runs": list(self.runs),
            "deviation": self.deviation,
            "interval": None if self.interval is None else list(self.interval),
        }


def axis(model: Any, pairs: Sequence[tuple[str, str]], as_written: bool = False) -> NDArray[np.float64]:
    """The axis (d,), of unit length, from the second word of each pair to the first. Raises `ConfigError` for unknown
    words, and where the two are the same."""
    firsts, seconds = zip(*pairs, strict=True)
    rows = [list_vectors(model, WordList("the axis", side), 0, as_written).raw for side in (firsts, seconds)]
    differences = rows[0] - rows[1]
    mean = differences.mean(axis=0)
    direction = mean if len(pairs) == 1 else np.linalg.svd(differences, full_matrices=False)[2][0]
    length = float(np.linalg.norm(direction))
    if length == 0:
        raise ConfigError("the two words of the axis have the same vector; name different ones")
    return direction / length * (1 if direction @ mean >= 0 else -1)


def places_on_axis(
    runs: Sequence[Any],
    pairs: Sequence[tuple[str, str]],
    words: Sequence[str],
    max_missing: float = MAX_MISSING,
    as_written: bool = False,
) -> tuple[list[Place], ListVectors]:
    """Where words stand on the axis of the pairs, in each run of a model, from the first side of the pairs to the
    second; and the words of the first run with their coverage. Words that a run does not know are left out of all.

    Raises `ConfigError` where more than `max_missing` are unknown.
    """
    asked = WordList("words", tuple(words))
    found = [list_vectors(run, asked, max_missing, as_written) for run in runs]
    known = [word for word in found[0].words if all(word in some.words for some in found)]
    directions = [axis(run, pairs, as_written) for run in runs]
    places = []
    for word in known:
        rows = [some.words.index(word) for some in found]
        numbers = list(zip(found, rows, directions, strict=True))
        cosines = tuple(float(some.unit[row] @ direction) for some, row, direction in numbers)
        ripa = float(np.mean([some.raw[row] @ direction for some, row, direction in numbers]))
        places.append(Place(word, float(np.mean(cosines)), ripa, cosines, t_interval(cosines)))
    return sorted(places, key=lambda place: -place.cosine), found[0]
