"""Post-processing: each step against its few lines of NumPy, and that trained vectors come back."""

import numpy as np
import pytest

from w2v import KeyedVectors, Word2Vec
from w2v.errors import ConfigError
from w2v.formats.format import VectorTable
from w2v.vectors.steps import STEPS, usage

V, D = 300, 12


@pytest.fixture(scope="module")
def store() -> KeyedVectors:
    rng = np.random.default_rng(1)
    vectors = (rng.standard_normal((V, D)) @ rng.standard_normal((D, D)) + 3).astype(np.float32)
    outputs = rng.standard_normal((V, D)).astype(np.float32)
    counts = np.sort(rng.integers(1, 10_000, V))[::-1].copy()
    return KeyedVectors.from_table(VectorTable([f"w{i}" for i in range(V)], vectors, counts, outputs, {"seed": 1}))


def twin(store: KeyedVectors, step: str, value: float | None) -> np.ndarray:
    x = store.vectors.astype(np.float64)
    counts = store.expandos["count"].astype(np.float64)
    centred = x - x.mean(axis=0)
    if step == "add-output":
        return x + (1 if value is None else value) * store.output_vectors
    if step == "center":
        return centred
    if step == "zipf-center":
        return x - counts @ x / counts.sum()
    if step == "unit-length":
        return x / np.linalg.norm(x, axis=1, keepdims=True)
    if step in ("all-but-the-top", "pca"):
        u, s, components = np.linalg.svd(centred, full_matrices=False)
        n = 1 if value is None else int(value)
        if step == "pca":
            return centred @ components[:n].T
        for component in components[:n]:
            centred = centred - np.outer(centred @ component, component)
        return centred
    shares = counts / counts.sum() if step == "zipf-whiten" else np.full(V, 1 / V)
    centred = x - shares @ x
    covariance = sum(share * np.outer(row, row) for share, row in zip(shares, centred, strict=True))
    variances, directions = np.linalg.eigh(covariance)
    return centred @ directions @ np.diag(variances**-0.5) @ directions.T


@pytest.mark.parametrize(
    "step, value", [(name, None) for name in STEPS if name != "pca"] + [
        ("add-output", 0.5), ("all-but-the-top", 3), ("all-but-the-top", 0), ("pca", 5), ("pca", D)
    ]
)  # fmt: skip
def test_each_step_does_what_its_few_lines_do(store, step, value):
    changed = store.postprocess(step if value is None else f"{step}:{value}")
    expected = twin(store, step, value)
    found = changed.vectors
    if step == "pca":  # a component may point either way
        found = found * np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected, atol=2e-3 if "whiten" in step else 1e-4)
    assert changed.vectors.dtype == np.float32
    assert changed.vector_size == expected.shape[1]
    assert changed.trained_vectors is store.vectors and "postprocessing" not in store.metadata


def test_whitened_tokens_have_unit_covariance(store):
    counts = store.expandos["count"]
    white = store.zipf_whiten().vectors.astype(float)
    np.testing.assert_allclose((white * (counts / counts.sum())[:, None]).T @ white, np.eye(D), atol=1e-3)


def test_steps_are_taken_in_order_and_undone(store, tmp_path):
    changed = store.postprocess("add-output, zipf-center,pca:6,unit-length")
    by_hand = store.add_output().zipf_center().pca(6).unit_length()
    assert np.array_equal(changed.vectors, by_hand.vectors) and changed.vectors.shape == (V, 6)
    assert changed.metadata == {"seed": 1, "postprocessing": ["add-output", "zipf-center", "pca:6", "unit-length"]}
    assert changed.get_vecattr("w3", "count") == store.get_vecattr("w3", "count")
    changed.save(tmp_path / "x.w2v")
    read = KeyedVectors.load(tmp_path / "x.w2v")
    assert np.array_equal(read.vectors, changed.vectors) and read.metadata == changed.metadata
    back = read.trained()
    assert np.array_equal(back.vectors, store.vectors) and back.metadata == {"seed": 1}
    assert back.trained_vectors is None and np.array_equal(back.output_vectors, store.output_vectors)
    assert store.trained() is store


def test_a_model_goes_on_from_the_trained_vectors(tmp_path):
    sentences = [list("abcd"), list("cdef")] * 50
    model = Word2Vec(sentences, vector_size=8, min_count=1, workers=1)
    model.save(tmp_path / "m.w2v")
    KeyedVectors.load(tmp_path / "m.w2v").postprocess("add-output,pca:3").save(tmp_path / "p.w2v")
    again = Word2Vec.load(tmp_path / "p.w2v")
    assert np.array_equal(again.wv.vectors, model.wv.vectors)
    again.save(tmp_path / "again.w2v")
    assert (tmp_path / "again.w2v").read_bytes() == (tmp_path / "m.w2v").read_bytes()


@pytest.mark.parametrize(
    "steps, sentence", [
        ("centre", "there is no step 'centre'; choose from add-output, center,"),
        ("pca", "pca needs a number; write pca:N"),
        ("center:2", "'center:2' is no step; write center"), ("pca:x", "write pca:N"), ("pca:nan", "write pca:N"),
        ("pca:13", "pca:13 does not fit; give a whole number from 1 to 12"), ("pca:2.5", "whole number"),
        ("all-but-the-top:12", "from 0 to 11"), ("center,add-output", "put add-output first"),
    ]
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(store, steps, sentence):
    with pytest.raises(ConfigError) as caught:
        store.postprocess(steps)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_what_vectors_lack_is_named(tmp_path):
    bare = KeyedVectors.from_table(VectorTable(["a", "b"], np.ones((2, 3), np.float32)))
    for steps, sentence in (("add-output", "no output vectors"), ("zipf-center", "no counts")):
        with pytest.raises(ConfigError, match=sentence):
            bare.postprocess(steps)
    with pytest.raises(ConfigError, match="hierarchical softmax has none"):
        Word2Vec([list("abcd")] * 20, vector_size=4, min_count=1, hs=1, negative=0).wv.add_output()
    with pytest.raises(ConfigError, match="no vectors"):
        KeyedVectors(3).center()


def test_usage_names_the_numbers():
    assert [usage(name) for name in ("center", "pca", "add-output")] == ["center", "pca:N", "add-output[:WEIGHT]"]


def test_the_command_changes_and_undoes(store, tmp_path):
    from w2v.cli.commands import main

    store.save(tmp_path / "a.w2v")
    a, b, c, d = (str(tmp_path / f"{name}.w2v") for name in "abcd")
    assert main(["convert", a, b, "--postprocess", "add-output,center"]) == 0
    changed = KeyedVectors.load(tmp_path / "b.w2v")
    assert np.array_equal(changed.vectors, store.add_output().center().vectors)
    assert main(["convert", b, c, "--trained"]) == 0
    assert (tmp_path / "c.w2v").read_bytes() == (tmp_path / "a.w2v").read_bytes()
    assert main(["convert", a, d, "--postprocess", "centre"]) == 2
    assert not (tmp_path / "d.w2v").exists()
