"""One space turned into another: orthogonal Procrustes on shared words (Schönemann 1966; Hamilton, Leskovec & Jurafsky
2016), and how well that turns words that it was not fitted to.

A rotation keeps all cosines and inner products, so vectors that are turned are as good as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.formats.vector_files import VectorTable

N_ANCHORS = 20_000  # the commonest shared words
N_FOLDS = 5
_ROWS = 1024  # of cosines at a time

Matrix = NDArray[np.floating]


@dataclass(frozen=True)
class AlignmentReport:
    """How near the anchors come. Cosines are of each anchor's new vector with its old one, as means: before, as fitted
    to all anchors, and `held`, each anchor turned by a rotation that was fitted without it (`N_FOLDS` parts).
    found_before,
    found_held: the share of anchors whose nearest old vector, among those of all anchors, is their own."""

    n_shared: int
    n_anchors: int
    cosine_before: float
    cosine_fitted: float
    cosine_held: float
    found_before: float
    found_held: float

    def __str__(self) -> str:
        return "\n".join(
            [
                f"anchors: the {self.n_anchors:,} commonest of {self.n_shared:,} shared words",
                f"cosine of an anchor's two vectors: {self.cosine_before:.3f} before, {self.cosine_fitted:.3f} "
                f"aligned, {self.cosine_held:.3f} when left out",
                f"anchors nearest to themselves: {100 * self.found_before:.1f} % before, {100 * self.found_held:.1f} % "
                "when left out",
            ]
        )


def align(
    old: VectorTable, new: VectorTable, n_anchors: int = N_ANCHORS, seed: int = 1
) -> tuple[NDArray[np.float64], AlignmentReport]:
    """The rotation (d, d) that turns new vectors (rows, times it) into the old ones' space, and how well it does.

    Fitted to the unit vectors of the `n_anchors` commonest shared words; files list words by how common they are, and
    of the two places of a word the later counts. seed: of the parts that are left out in turn. Raises `ConfigError` for
    vectors of other lengths, and for fewer than `N_FOLDS` shared words.
    """
    if old.vectors.shape[1] != new.vectors.shape[1]:
        raise ConfigError(
            f"vectors of {old.vectors.shape[1]} and of {new.vectors.shape[1]} numbers have no rotation between them; "
            "align models of one --vector-size"
        )
    places = shared_places(old.keys, new.keys)
    if len(places) < N_FOLDS or n_anchors < N_FOLDS:
        raise ConfigError(
            f"{min(len(places), n_anchors)} shared words are too few to align by; {N_FOLDS} are the least"
        )
    anchors = places[:n_anchors]
    source, target = _unit(new.vectors, anchors[:, 1]), _unit(old.vectors, anchors[:, 0])
    rotation, held = procrustes(source, target), np.empty_like(source)
    fold = np.random.default_rng(seed).permutation(len(anchors)) % N_FOLDS
    for number in range(N_FOLDS):
        held[fold == number] = source[fold == number] @ procrustes(source[fold != number], target[fold != number])
    report = AlignmentReport(
        len(places),
        len(anchors),
        *(float(np.mean(np.einsum("nd,nd->n", rows, target))) for rows in (source, source @ rotation, held)),
        *(_found(rows, target) for rows in (source, held)),
    )
    return rotation, report


def shared_places(old: Sequence[Any], new: Sequence[Any]) -> NDArray[np.int64]:
    """Places (n, 2) of shared words among the old and the new keys, the commonest words first."""
    place_of = {key: place for place, key in enumerate(old)}
    pairs = [(place_of[key], place) for place, key in enumerate(new) if key in place_of]
    return np.array(sorted(pairs, key=lambda pair: (max(pair), pair)), dtype=np.int64).reshape(-1, 2)


def procrustes(source: Matrix, target: Matrix) -> NDArray[np.float64]:
    """The orthogonal matrix (d, d) that brings source (n, d) nearest to target (n, d), in squares."""
    from scipy.linalg import orthogonal_procrustes

    return orthogonal_procrustes(source, target)[0]


def rotated(table: VectorTable, rotation: Matrix) -> VectorTable:
    """The same words, with all their matrices turned: training can go on from them as before. Vectors that were changed
    after training come without what training needs, which lies in another space."""
    if table.trained_vectors is not None:
        table = table._replace(trained_vectors=None, output_vectors=None, input_rows=None)

    def turn(rows: NDArray[np.floating] | None) -> Any:
        return None if rows is None else (rows @ rotation).astype(rows.dtype)

    return table._replace(
        vectors=turn(table.vectors), output_vectors=turn(table.output_vectors), input_rows=turn(table.input_rows)
    )


def common_space(units: Sequence[Matrix]) -> list[NDArray[np.float64]]:
    """The rotation (d, d) of each of several matrices of unit vectors (n, d) into the space of their mean, which begins
    with that of the first (two steps of generalised Procrustes analysis; Gower 1975)."""
    target = units[0]
    for _ in range(2):
        turns = [procrustes(rows, target) for rows in units]
        target = np.mean([rows @ turn for rows, turn in zip(units, turns, strict=True)], axis=0)
    return turns


def mean_of(tables: Sequence[VectorTable]) -> VectorTable:
    """The mean of runs on one vocabulary, each turned into the space of the first, and then into that of the mean; all
    their matrices, so that training can go on. Raises `ConfigError` for other words, or vectors of other lengths."""
    first = tables[0]
    if any(table.keys != first.keys or table.vectors.shape != first.vectors.shape for table in tables):
        raise ConfigError("a mean takes runs on one vocabulary and of one --vector-size, such as train --runs 5 writes")
    every = np.arange(len(first.keys))
    turns = common_space([_unit(table.vectors, every) for table in tables])
    turned = [rotated(table, turn) for table, turn in zip(tables, turns, strict=True)]

    def mean(name: str) -> Any:
        rows = [getattr(table, name) for table in turned]
        if any(some is None or some.shape != rows[0].shape for some in rows):
            return None
        return np.mean(rows, axis=0, dtype=np.float64).astype(rows[0].dtype)

    names = ("vectors", "output_vectors", "input_rows")
    metadata = {**first.metadata, "mean_of": len(tables)}
    return turned[0]._replace(metadata=metadata, **{name: mean(name) for name in names})


def _unit(vectors: Matrix, places: NDArray[np.int64]) -> NDArray[np.float64]:
    rows = np.asarray(vectors[places], dtype=np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def _found(rows: Matrix, target: Matrix) -> float:
    """The share of rows whose nearest target is the one in their own place."""
    n_found, columns = 0, target.T.astype(np.float32)
    for start in range(0, len(rows), _ROWS):
        nearest = (rows[start : start + _ROWS].astype(np.float32) @ columns).argmax(axis=1)
        n_found += int(np.count_nonzero(nearest == np.arange(start, start + len(nearest))))
    return n_found / len(rows)
