"""Places, neighbours, clusters and the run card of a map, against slow or obvious twins."""

import importlib.util

import numpy as np
import pytest

from w2v import KeyedVectors
from w2v.errors import ConfigError, MissingPackageError
from w2v.maps import layout
from w2v.maps.clusters import cluster, typical
from w2v.maps.run_card import run_card
from w2v.maps.word_map import make_map


def vectors_of(n=60, d=8, seed=0, names=None):
    """A store of n words in four groups that lie apart, with counts and a zero vector among them."""
    random = np.random.default_rng(seed)
    centres = 3 * np.eye(4, d)
    rows = (centres[np.arange(n) % 4] + random.normal(scale=0.4, size=(n, d))).astype(np.float32)
    rows[n // 2] = 0
    store = KeyedVectors(d)
    store.add_vectors(names or [f"{'abcd'[row % 4]}{row}" for row in range(n)], rows)
    store.expandos["count"] = np.arange(1000, 1000 - n, -1)
    return store


@pytest.fixture(scope="module")
def store():
    return vectors_of()


@pytest.mark.parametrize("n", [60, 25])
def test_neighbours_are_those_of_nn_also_beyond_the_map(store, n):
    one = make_map(store, "m", max_words=n, layout="pca", n_clusters=4)
    assert len(one) == n and one.words[:n] == store.index_to_key[:n] and (len(one.words) > n) == (n < 60)
    for row in range(n):
        expected = store.most_similar(store.index_to_key[row], topn=10)
        found = [one.words[place] for place in one.neighbours.rows[row].tolist()]
        assert found == [word for word, _ in expected] or row == 30  # cosines of a zero vector are all 0: ties
        assert one.neighbours.cosines[row] == pytest.approx([cosine for _, cosine in expected], abs=1e-6)


def test_fewer_words_than_neighbours():
    one = make_map(vectors_of(5), "m", layout="pca", n_clusters=2)
    assert one.neighbours.rows.shape == (5, 4)
    assert all(sorted([row, *one.neighbours.rows[row]]) == list(range(5)) for row in range(5))


def test_principal_components(store):
    unit = np.array([store.get_vector(word, norm=True) for word in store.index_to_key])
    places = layout.pca_layout(unit)
    centred = unit - unit.mean(axis=0)
    _, _, directions = np.linalg.svd(centred)
    assert np.abs(places) == pytest.approx(np.abs(centred @ directions[:2].T), abs=1e-4)
    assert (places[np.abs(places).argmax(axis=0), [0, 1]] > 0).all()
    assert layout.pca_layout(unit[:, :1]).shape == (60, 2)


def test_a_map_is_turned_to_the_one_beside_it(store):
    one = make_map(store, "m", layout="pca", n_clusters=4)
    mirrored = KeyedVectors(8)
    mirrored.add_vectors([*store.index_to_key[:0:-1], "new"], -store.vectors[::-1])
    two = make_map(mirrored, "n", layout="pca", n_clusters=4, beside=one)
    assert np.linalg.norm(one.places[:0:-1] - two.places[:-1]) < 0.1 * np.linalg.norm(one.places)
    assert two.clusters == one.clusters and (two.groups[:-1] == one.groups[:0:-1]).all()
    assert two.groups[-1] == one.groups[0]  # the word that has another name there
    assert (layout.turned(one.places, np.empty((0, 2), int), two.places) == one.places).all()


def test_clusters_are_found_the_largest_first_and_named_by_typical_words(store):
    one = make_map(store, "m", max_words=30, layout="pca", n_clusters=4)  # the zero vector is word 30
    letters = [{word[0] for word, group in zip(one.words, one.groups, strict=False) if group == g} for g in range(4)]
    assert sorted(map(sorted, letters)) == [["a"], ["b"], ["c"], ["d"]]
    assert sorted(np.bincount(one.groups).tolist(), reverse=True) == np.bincount(one.groups).tolist()
    assert all(len(words) == 3 and {word[0] for word in words} == letters[g] for g, words in enumerate(one.clusters))
    again = make_map(store, "m", max_words=30, layout="pca", n_clusters=4)
    assert (again.groups == one.groups).all() and (again.places == one.places).all()


def test_more_clusters_than_different_words():
    unit = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    groups = cluster(unit, 7, seed=1)
    assert len(set(groups[:5])) == len(set(groups[5:])) == 1 and groups.max() == 1
    assert typical(unit, groups, list("abcdefghij"), n=1) in ([["a"], ["f"]], [["f"], ["a"]])


def test_labels_the_commonest_first(store):
    labels = {"a0": "x", "b1": "y", "c2": "y", "nobody": "z"}
    one = make_map(store, "m", layout="pca", labels=labels, n_clusters=4)
    assert one.label_names == ["y", "x"] and one.labels[:4].tolist() == [1, 0, 0, -1]
    with pytest.raises(ConfigError, match="no word of the map has a label"):
        make_map(store, "m", layout="pca", labels={"nobody": "z"})


def test_what_makes_no_map(store):
    for wrong, said in (
        ({"store": vectors_of(2)}, "2 words make no map"),
        ({"n_clusters": 1}, "1 clusters cannot"),
        ({"n_clusters": 61}, "61 clusters cannot"),
        ({"layout": "tsne"}, "no layout 'tsne'"),
    ):
        with pytest.raises(ConfigError, match=said):
            make_map(wrong.pop("store", store), "m", **{"layout": "pca", **wrong})
    damaged = vectors_of()
    damaged.vectors[3, 3] = np.nan
    with pytest.raises(ConfigError, match="nan or infinity"):
        make_map(damaged, "m", layout="pca")


def test_umap_where_it_is_installed_and_a_sentence_where_not(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert layout.check_layout(None) == "pca"
    with pytest.raises(MissingPackageError, match=r"pip install 'w2v\[explore\]'"):
        layout.check_layout("umap")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    assert layout.check_layout(None) == "umap"


def test_umap_keeps_groups_together_and_repeats_itself(store, capfd):
    pytest.importorskip("umap")
    one, again = (make_map(store, "m", max_words=30, layout="umap", n_clusters=4) for _ in range(2))
    assert (one.places == again.places).all() and np.isfinite(one.places).all()
    apart = np.linalg.norm(one.places[:, None] - one.places[None], axis=2) + 1e9 * np.eye(30)
    same = one.groups[apart.argmin(axis=1)] == one.groups
    assert same.mean() > 0.9
    beside = make_map(vectors_of(40), "n", layout="umap", n_clusters=4, beside=one)
    assert np.isfinite(beside.places).all()
    assert capfd.readouterr() == ("", "")  # where nobody watches, nothing is shown


def test_the_run_card_adds_up_and_leaves_out_what_it_cannot_read():
    metadata = {
        "config": {"model": "sg", "alpha": None, "threads": 2, "deterministic": False, "sample": 1e-4},
        "corpus": {"n_read": 100, "n_rare": 7, "n_undecodable": 0},
        "epochs": [[30.0, 10, 60, 33], [20.0, 10, 63, 30]],
    }
    score = {"score": 0.25, "interval": None, "measure": "accuracy", "category": "all"}
    metadata["scores"] = {"results": [{"file": "/x/q.txt", "models": [{"scores": [score]}]}]}
    card = run_card(metadata, {"words": 50_000})
    assert card["losses"] == [3.0, 2.0]
    assert card["ledger"] == [("read", 100), ("trained", 63), ("subsampled", 30), ("rare", 7)]
    assert card["facts"]["settings"] == {"model": "sg", "threads": "2", "deterministic": "no", "sample": "0.0001"}
    assert card["facts"]["map"] == {"words": "50,000"}
    assert card["facts"]["scores"] == {"q.txt, accuracy": "0.2500"}
    for wrong in (
        {},
        {"epochs": 3, "corpus": [], "config": "x", "scores": 5},
        {"epochs": [[1]], "corpus": {"n_read": "many"}},
    ):
        card = run_card(wrong, {"words": 1})
        assert (card["losses"], card["ledger"], list(card["facts"])) in (([], [], ["map"]), ([], [], ["map", "corpus"]))
