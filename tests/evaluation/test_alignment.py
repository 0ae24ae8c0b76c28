"""A known rotation is found again; the left-out check sees what the fit does not; a twin from the formula."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from w2v.errors import ConfigError
from w2v.evaluation.alignment import align, procrustes, rotated, shared_places
from w2v.formats.vector_files import VectorTable

KEYS = [f"w{i}" for i in range(300)]


def tables(noise, n=300, d=12, seed=0):
    """(old, new, the rotation from new to old): new is old turned back, and noise."""
    rng = np.random.default_rng(seed)
    old, turn = rng.normal(size=(n, d)), ortho_group.rvs(d, random_state=seed)
    new = old @ turn.T + noise * rng.normal(size=(n, d))
    return VectorTable(KEYS[:n], old.astype("f")), VectorTable(KEYS[:n], new.astype("f")), turn


def test_a_rotation_is_found_again():
    old, new, turn = tables(0)
    rotation, report = align(old, new)
    np.testing.assert_allclose(rotation, turn, atol=1e-5)
    assert report.cosine_fitted == pytest.approx(1) and report.cosine_held == pytest.approx(1)
    assert (report.n_shared, report.n_anchors, report.found_held) == (300, 300, 1) and report.found_before < 0.1


def test_by_hand():
    """A quarter turn in the plane: x goes to y, y to −x."""
    np.testing.assert_allclose(procrustes(np.eye(2), np.array([[0, 1], [-1, 0]])), [[0, 1], [-1, 0]], atol=1e-12)


def test_the_slow_twin():
    """R = U Vᵀ of the singular values of sourceᵀ target (Schönemann 1966), and no other rotation is nearer."""
    rng = np.random.default_rng(1)
    source, target = rng.normal(size=(2, 50, 6))
    found = procrustes(source, target)
    u, _, vt = np.linalg.svd(source.T @ target)
    np.testing.assert_allclose(found, u @ vt, atol=1e-10)
    least = np.sum((source @ found - target) ** 2)
    assert all(np.sum((source @ ortho_group.rvs(6, random_state=i) - target) ** 2) > least for i in range(200))


def test_left_out_words_tell_what_the_fit_does_not():
    """Nothing in common: fitted cosines are far from 0 all the same, those of words left out are not."""
    rng = np.random.default_rng(2)
    old, new = (VectorTable(KEYS[:60], rng.normal(size=(60, 20)).astype("f")) for _ in range(2))
    _, report = align(old, new)
    assert report.cosine_fitted > 0.3 and abs(report.cosine_held) < 0.15 and report.found_held < 0.1
    _, report = align(*tables(0.5)[:2])
    assert 0.8 < report.cosine_held < report.cosine_fitted < 1 and report.found_held > 0.9


def test_commonest_shared_words_are_the_anchors():
    assert shared_places(["a", "b", "c", "d"], ["d", "x", "b", "a"]).tolist() == [[1, 2], [0, 3], [3, 0]]
    old, new, turn = tables(0)
    wrong = new.vectors.copy()
    wrong[100:] = np.random.default_rng(0).normal(size=wrong[100:].shape)
    rotation, report = align(old, new._replace(vectors=wrong), n_anchors=100)
    np.testing.assert_allclose(rotation, turn, atol=1e-5)
    assert (report.n_shared, report.n_anchors) == (300, 100)


def test_all_matrices_are_turned_and_products_stay():
    _, new, turn = tables(0)
    table = new._replace(output_vectors=np.random.default_rng(3).normal(size=(7, 12)).astype("f"), metadata={"a": 1})
    found = rotated(table, turn)
    assert found.vectors.dtype == np.float32 and found.metadata == {"a": 1} and found.keys == table.keys
    np.testing.assert_allclose(
        found.vectors @ found.output_vectors.T, table.vectors @ table.output_vectors.T, atol=1e-4
    )


def test_what_cannot_be_aligned():
    old, new, _ = tables(0)
    with pytest.raises(ConfigError, match="vectors of 12 and of 5 numbers"):
        align(old, new._replace(vectors=new.vectors[:, :5]))
    with pytest.raises(ConfigError, match="3 shared words are too few"):
        align(old, VectorTable(["x", *KEYS[:3]], new.vectors[:4]))
