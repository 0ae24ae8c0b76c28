"""A map of words: all that its page and its tables show."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.alignment import shared_places
from w2v.formats.format import MADE_UP_COUNTS
from w2v.maps.clusters import MOST_CLUSTERS, carried_over, cluster, typical
from w2v.maps.layout import UMAP_NEIGHBOURS, check_layout, pca_layout, turned, umap_layout
from w2v.maps.neighbours import Neighbours, nearest, unit_rows
from w2v.maps.run_card import run_card
from w2v.system.wording import quantity
from w2v.vectors.store import VectorStore

logger = logging.getLogger("w2v")
MOST_WORDS = 50_000
SHOWN_NEIGHBOURS = 10
_FEWEST = 3


@dataclass(frozen=True)
class WordMap:
    """The first n words of a model on a plane.

    words: the n on the map, then those that are neighbours only. neighbours: of each word (n, k), as places in
    `words`, among all words of the model. groups (n,): each word's cluster, whose names are in `clusters`. labels (n,):
    places in `label_names`, -1 without one. unit: the unit vectors (n, d).
    """

    name: str
    words: list[str]
    places: NDArray[np.float32]  # (n, 2)
    neighbours: Neighbours
    groups: NDArray[np.int64]
    clusters: list[list[str]]
    unit: NDArray[np.float32]
    counts: NDArray[np.int64] | None
    labels: NDArray[np.int64] | None
    label_names: list[str]
    card: dict[str, Any]

    def __len__(self) -> int:
        return len(self.places)


def make_map(
    store: VectorStore,
    name: str,
    *,
    max_words: int = MOST_WORDS,
    layout: str | None = None,
    n_clusters: int = 24,
    labels: Mapping[str, str] | None = None,
    seed: int = 1,
    beside: WordMap | None = None,
) -> WordMap:
    """The map of the first `max_words` words of a model, the commonest where it was trained here.

    layout: "pca" or "umap"; None for UMAP where it is installed. labels: a word's label. beside: the map of another
    model, which this one is to resemble: its layout begins there and is turned to it, and its words keep the clusters
    that they have there. Raises `ConfigError`.
    """
    layout = check_layout(layout)
    n = min(max_words, len(store))
    if n < _FEWEST:
        raise ConfigError(f"{quantity(n, 'word')} make no map; give a model with more")
    if not 2 <= n_clusters <= MOST_CLUSTERS:
        raise ConfigError(f"{n_clusters} clusters cannot be told apart; take from 2 to {MOST_CLUSTERS}")
    unit = unit_rows(store, slice(0, n))
    if not np.isfinite(unit).all():
        raise ConfigError("some of the vectors are nan or infinity, which have no place on a map; train them anew")
    words = [str(word) for word in store.index_to_key]
    logger.info(f"{name}: searching the neighbours of {quantity(n, 'word')}")
    whole, shown = nearest(store, n, min(max(SHOWN_NEIGHBOURS, UMAP_NEIGHBOURS - 1), n - 1))
    whole = Neighbours(whole.rows[:, :SHOWN_NEIGHBOURS], whole.cosines[:, :SHOWN_NEIGHBOURS])
    shared = np.empty((0, 2), np.int64) if beside is None else shared_places(beside.words[: len(beside)], words[:n])
    logger.info(f"{name}: laying them out by {layout}")
    places = pca_layout(unit)
    if layout == "umap":
        start = places if beside is None else turned(places, shared, beside.places)
        if beside is not None:
            start = (start - start.mean(axis=0)) / max(float(start.std()), 1e-9) * float(beside.places.std())
            start = start + beside.places.mean(axis=0)
            start[shared[:, 1]] = beside.places[shared[:, 0]]
        places = umap_layout(unit, shown, seed, start)
    if beside is not None:
        places = turned(places, shared, beside.places)
    if beside is not None and len(shared):
        clusters, groups = beside.clusters, carried_over(unit, shared, beside.groups, len(beside.clusters))
    else:
        groups = cluster(unit, n_clusters, seed)
        clusters = typical(unit, groups, words)
    codes, label_names = _labelled(words[:n], labels)
    about = {"words": n, "words in the model": len(store), "dimensions": store.vector_size, "layout": layout}
    listed, whole = _listed(words, n, whole)
    return WordMap(
        name, listed, places, whole, groups, clusters, unit, _counts(store, n), codes, label_names,
        run_card(store.metadata, about),
    )  # fmt: skip


def _listed(words: list[str], n: int, found: Neighbours) -> tuple[list[str], Neighbours]:
    """The words on the map and those that are only neighbours, and the neighbours as places in that list."""
    outside = np.unique(found.rows[found.rows >= n])
    rows = np.where(found.rows < n, found.rows, n + np.searchsorted(outside, found.rows))
    return words[:n] + [words[row] for row in outside.tolist()], Neighbours(rows.astype(np.int32), found.cosines)


def _counts(store: VectorStore, n: int) -> NDArray[np.int64] | None:
    """Of the words, where these are counts and not made up from the rank."""
    if "count" not in store.expandos or MADE_UP_COUNTS.items() <= store.metadata.items():
        return None
    return np.asarray(store.expandos["count"][:n], dtype=np.int64)


def _labelled(words: list[str], labels: Mapping[str, str] | None) -> tuple[NDArray[np.int64] | None, list[str]]:
    """Each word's label as a place in the list of names, the commonest first. Raises `ConfigError` without any."""
    if labels is None:
        return None, []
    found = [labels.get(word) for word in words]
    names, sizes = np.unique([label for label in found if label is not None], return_counts=True)
    if not len(names):
        raise ConfigError("no word of the map has a label in that file; check how its words are written")
    ordered = [str(name) for name in names[np.argsort(-sizes, kind="stable")]]
    place_of: dict[str | None, int] = {name: place for place, name in enumerate(ordered)}
    return np.array([place_of.get(label, -1) for label in found], dtype=np.int64), ordered
