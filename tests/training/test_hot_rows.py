from itertools import product

import numpy as np
import pytest
from support import KINDS, bench, config_of, pick_outputs, random_stream

from w2v.compiled.matrix import matrix
from w2v.kernel.layout import WordRows
from w2v.kernel.tables import build_tables
from w2v.objectives import hierarchical_softmax, negative_sampling
from w2v.objectives.sampling import keep_probabilities
from w2v.training.engine import Load
from w2v.training.hot_rows import _PULL, ALWAYS, HotRows
from w2v.training.rounds import Rounds

COUNTS = 20_000 // np.arange(1, 301)
STREAM = random_stream(2_000, COUNTS, 100)


def copies_of(hot):
    """Room for one thread's copies of the hot rows and for what they were."""
    return matrix(*hot.rows.shape), matrix(*hot.rows.shape)


def hot_rows_of(config, counts=COUNTS, chunk_size=60_000, n_chunks=100):
    weights = bench(counts, config, 10).weights
    stream = np.broadcast_to(np.int32(0), n_chunks * config.n_threads * chunk_size)
    load = Load(weights, stream, counts, config, chunk_size=chunk_size)
    return HotRows.of(load, build_tables(counts, config), config.n_threads)


@pytest.mark.parametrize("n_threads", [1, 2, 8, 64])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_rows_move_as_if_one_thread_had_made_all_changes(n_threads, alpha):
    """Each change goes a part of the way that is left, as a logistic loss has it near its minimum."""
    changes = np.array([0.0, 1, 10, 50, 100, 400, 3000, 100_000])
    start, goal = np.arange(8.0), 10.0
    rows = matrix(10, 1)
    rows[2:, 0] = start
    hot = HotRows(rows, 2, changes, n_threads)
    threads = [copies_of(hot) for _ in range(n_threads)]
    for copies, before in threads:
        hot.take(copies, before)
        copies[:, 0] += (goal - copies[:, 0]) * (1 - (1 - _PULL * alpha) ** changes)
    for copies, before in threads:
        hot.give(copies, before, alpha)
    expected = goal - (goal - start) * (1 - _PULL * alpha) ** (n_threads * changes)
    np.testing.assert_allclose(rows[2:, 0], expected, rtol=0, atol=0.05)
    assert not rows[:2].any() and hot.range == range(2, 10)


def test_rows_that_every_center_changes_move_by_the_mean_of_the_threads():
    rows = matrix(6, 2)
    rows[:, :2] = np.arange(12).reshape(6, 2)
    hot = HotRows(rows, 4, np.full(2, ALWAYS), 2)
    threads = [copies_of(hot) for _ in range(2)]
    for copies, before in threads:
        hot.take(copies, before)
        np.testing.assert_array_equal(copies[:, :2], [[8, 9], [10, 11]])
    threads[0][0][:, :2] += 4
    threads[1][0][0, :2] -= 2
    for copies, before in threads:
        hot.give(copies, before, 0.05)
    np.testing.assert_array_equal(rows[4:, :2], [[9, 10], [12, 13]])
    np.testing.assert_array_equal(rows[:4, :2].ravel(), np.arange(8))


@pytest.mark.parametrize("kind", ["cbow-ns", "cbow-hs", "sg-ns", "sg-hs"])
def test_changes_are_those_that_a_chunk_makes(kind):
    config = config_of(KINDS[kind], threads=2, negative_sharing="window", sample=0.01)
    n_tokens, n_picked = 1_000_000, 40_000
    hot, chunk = hot_rows_of(config, chunk_size=n_tokens), bench(COUNTS, config, 10)
    kept = keep_probabilities(COUNTS, config.sample) * COUNTS
    generator = np.random.default_rng(3)
    picks = np.zeros(len(chunk.weights.outputs))
    for center in generator.choice(len(COUNTS), n_picked, p=kept / kept.sum()):
        n_out = pick_outputs(center, np.uint64(generator.integers(2**63)), *chunk[1:4])
        np.add.at(picks, chunk.scratch.out_rows[:n_out], 1)
    n_inputs = 1 if config.model == "cbow" else config.window
    expected = hot.changes / (n_inputs * n_tokens * kept.sum() / COUNTS.sum()) * n_picked
    picks = picks[hot.range.start : hot.range.stop]
    assert len(picks) > 200
    # a draw of the center itself is dropped, which happens to the commonest word in one of 15 cases
    assert (np.abs(picks - expected) <= 5 * np.sqrt(expected) + 0.08 * expected).all()
    assert picks.sum() == pytest.approx(expected.sum(), rel=0.02)


def test_only_several_threads_on_the_same_rows_have_copies():
    for kind in KINDS.values():
        assert len(hot_rows_of(config_of(kind)).range) == 0
        load = Load(bench(COUNTS, config_of(kind), 10).weights, STREAM, COUNTS, config_of(kind, threads=2))
        assert not any(len(scratch.hot) for scratch in Rounds(load).calls.scratches)
    expected = {"ns": 300, "hs": hierarchical_softmax.HOT_ROWS, "hs+ns": hierarchical_softmax.HOT_ROWS}
    for model, loss in product(("sg", "cbow"), ("ns", "hs", "hs+ns", "sampled", "softmax")):
        config = config_of({"model": model, "loss": loss}, threads=2)
        assert len(hot_rows_of(config).range) == expected.get(loss, 0)
    trees = config_of(KINDS["cbow-hs"], threads=2)
    assert hot_rows_of(trees, COUNTS[:3]).range == range(2)


def test_words_have_none_in_a_small_corpus_or_where_they_have_several_rows():
    config, few = config_of(KINDS["cbow-ns"], threads=2), negative_sampling.FEW_CHUNKS
    assert [len(hot_rows_of(config, n_chunks=n).range) for n in (few, few + 1)] == [0, 300]
    trees = config_of(KINDS["cbow-hs"], threads=2)
    assert len(hot_rows_of(trees, n_chunks=1).range) == hierarchical_softmax.HOT_ROWS
    ones = np.ones(300, np.float32)
    rows = WordRows(np.arange(301), np.arange(300, dtype=np.int32), ones, ones)
    assert config.objective.hot_rows(COUNTS, build_tables(COUNTS, config, rows), config, 60_000, 100) == (0, ())


@pytest.mark.parametrize("exponent", [0.75, 0.0, -0.5])
def test_words_have_copies_that_a_chunk_changes_often(exponent):
    counts = 10**9 // np.arange(1, 5001) ** 2
    for chunk_size in (1, 1_000, 60_000, 10**9):
        hot = hot_rows_of(config_of(KINDS["cbow-ns"], threads=2, ns_exponent=exponent), counts, chunk_size)
        assert hot.range.start == 0 and len(hot.range) <= negative_sampling.HOT_ROWS
        assert (hot.changes >= negative_sampling.HOT_CHANGES).all()
        assert chunk_size > 1 or len(hot.range) == 0
    assert len(hot.range) == negative_sampling.HOT_ROWS


@pytest.mark.parametrize("kind", ["sg-hs", "cbow-hs", "sg-ns", "cbow-ns"])
def test_a_thread_with_copies_trains_as_one_without(kind):
    """One chunk after the other, so only rounding differs."""
    config = config_of(KINDS[kind])
    results = []
    for hot in (range(0), range(255)):
        chunk = bench(COUNTS, config, 500, hot=hot)
        rows, statistics = HotRows(chunk.weights.outputs, hot.start, np.ones(len(hot)), 1), []
        for start in range(0, 2_000, 500):
            rows.take(chunk.scratch.hot, chunk.scratch.hot_before)
            statistics.append(chunk.run(STREAM, start, start + 500, 3, 0.05))
            rows.give(chunk.scratch.hot, chunk.scratch.hot_before, 0.05)
        results.append((chunk.weights, statistics))
    (one, some), (two, others) = results
    np.testing.assert_allclose(some, others, rtol=1e-5)
    for expected, found in zip(one, two, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
