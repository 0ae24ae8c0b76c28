import json

import numpy as np
import pytest
import twins
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numba import njit
from support import KINDS, OTHER_PROCESSORS, bench, config_of, python, random_stream

from w2v.compiled.randomness import random_at
from w2v.corpus.stream import BREAK
from w2v.kernel import chunk as kernels
from w2v.kernel import gradient
from w2v.kernel.chunk import LOSS, N_PAIRS, N_SUBSAMPLED, N_TRAINED
from w2v.kernel.layout import CENTERS, Inputs, Outputs, WordRows
from w2v.kernel.outputs import draw_noise
from w2v.kernel.row_copies import take_rows
from w2v.kernel.tables import frozen_tables
from w2v.kernel.windows import block_size
from w2v.kernel.word_vectors import word_vectors
from w2v.objectives.huffman import huffman_tree

FEW_WORDS = [40, 25, 12, 9, 7, 5, 4, 3, 2, 2, 1, 1]  # counts; so few that words repeat in windows and among negatives
MANY_WORDS = np.maximum(3000 // np.arange(1, 61), 20)
KEY = 0xFEDCBA9876543210  # its upper half is set, so signed arithmetic would show
CONTEXT_IDS, CENTER_ID = [3, 8, 5, 1], 4  # distinct words, one sentence, the center in its middle


# ---- the gradient


def independent_loss(inputs, outputs, config, context_ids, counts, negatives):
    """The objective of one window, from its definition and not from the package's."""
    rows = [inputs[word_id] for word_id in context_ids]
    if config.model == "cbow":
        rows = [np.mean(rows, axis=0) if config.cbow_mean else np.sum(rows, axis=0)]
    total = 0.0
    for row in rows:
        scores = outputs @ row
        if config.loss in ("ns", "hs+ns"):
            weight = config.negative / len(negatives)  # of the negatives that a block shares
            total += np.log1p(np.exp(-scores[CENTER_ID])) + weight * sum(np.log1p(np.exp(scores[n])) for n in negatives)
        if config.loss in ("hs", "hs+ns"):
            nodes = scores[1 - len(counts) :]
            tree = huffman_path(counts, CENTER_ID)
            total += sum(np.log1p(np.exp(nodes[node] if code else -nodes[node])) for node, code in tree)
        if config.objective.is_softmax:
            compared = range(len(counts)) if config.loss == "softmax" else [CENTER_ID, *negatives]
            total += np.log(sum(np.exp(scores[n]) for n in compared)) - scores[CENTER_ID]
    return total


def huffman_path(counts, word_id):
    tree = huffman_tree(counts)
    path = slice(tree.offsets[word_id], tree.offsets[word_id + 1])
    return list(zip(tree.points[path], tree.codes[path], strict=True))


def numerical_gradient(loss, matrix, h=1e-5):
    gradient = np.zeros_like(matrix)
    for place in np.ndindex(matrix.shape):
        old = matrix[place]
        matrix[place] = old + h
        above = loss()
        matrix[place] = old - h
        gradient[place] = (above - loss()) / (2 * h)
        matrix[place] = old
    return gradient


def one_window(config, context_ids, alpha):
    """Train the center of one sentence with as many distinct negatives as asked for, none of them a context word.

    Returns (weights before, change / alpha, loss, negatives, counts). The negatives are read off the changed rows.
    """
    counts = np.array([30, 25, 20, 18, 15, 12, 10, 9, 8, 7, 6, 5])
    half = len(context_ids) // 2
    stream = np.array([*context_ids[:half], CENTER_ID, *context_ids[half:]], np.int32)
    for key in range(1000):
        chunk = bench(counts, config, 16, np.float64)
        before = [rows.copy() for rows in chunk.weights]
        statistics = chunk.run(stream, half, half + 1, key, alpha)
        change = [(new - old) / alpha for new, old in zip(chunk.weights, before, strict=True)]
        changed = set(np.flatnonzero(change[1][: len(counts)].any(axis=1)))
        negatives = changed - {CENTER_ID} if config.uses_noise else set()
        if len(negatives) == config.n_negatives:
            return before, change, statistics[LOSS], sorted(negatives), counts
    raise AssertionError("no key draws distinct negatives")


def test_step_is_the_gradient(kind):
    config = config_of(kind, vector_size=5, window=2, negative=3, shrink_windows=False)
    context_ids = CONTEXT_IDS[:1] if config.negative_sharing == "pair" else CONTEXT_IDS
    (inputs, outputs), (input_change, output_change), found, negatives, counts = one_window(config, context_ids, 0.05)

    def loss():
        return independent_loss(inputs, outputs, config, context_ids, counts, negatives)

    assert found == pytest.approx(loss(), rel=1e-7)
    # word2vec.c leaves the mean's 1 / n_context out of the gradient; the corrected update has it.
    as_word2vec = config.model == "cbow" and config.cbow_mean and config.cbow_update == "word2vec"
    factor = len(context_ids) if as_word2vec else 1
    expected = numerical_gradient(loss, inputs), numerical_gradient(loss, outputs)
    assert np.count_nonzero(expected[0]) == len(context_ids) * config.vector_size
    np.testing.assert_allclose(input_change, -factor * expected[0], atol=1e-6)
    np.testing.assert_allclose(output_change, -expected[1], atol=1e-6)


@pytest.mark.parametrize("loss", ["ns", "sampled"])
def test_negatives_of_pairs_differ_and_each_pair_is_a_step(loss):
    """With a learning rate near zero the steps of a window's pairs add up, each with negatives of its own."""
    config = config_of(KINDS[f"sg-{loss}-pair"], window=2, negative=1, shrink_windows=False)
    stream = np.array([3, 8, CENTER_ID, 5, 1], np.int32)
    chunk = bench(MANY_WORDS, config, 16, np.float64)
    before = chunk.weights.outputs.copy()
    chunk.run(stream, 2, 3, KEY, 1e-6)
    changed = np.flatnonzero((chunk.weights.outputs != before).any(axis=1))
    assert len(changed) == 1 + len(CONTEXT_IDS)


# ---- the twin


def assert_same_training(
    config, stream, start, end, counts, dtype=np.float64, alpha=0.05, offset=0, rows=None, frozen=(), n_held=0
):
    """rows: a `WordRows`. frozen: ids of input rows. n_held: words whose tokens share vectors."""
    chunk = bench(counts, config, end - start, dtype, word_rows=rows, n_held=n_held)
    if len(frozen):
        is_frozen = np.isin(range(len(chunk.weights.inputs)), frozen)
        chunk = chunk._replace(tables=frozen_tables(chunk.tables, chunk.weights.inputs, is_frozen))
    twin = [matrix.astype(np.float64) for matrix in chunk.weights]
    statistics = chunk.run(stream, start, end, KEY, alpha, offset)
    lists = None if rows is None else [
        (rows.row_ids[first:last], float(share), float(of_change))
        for first, last, share, of_change in zip(
            rows.offsets[:-1], rows.offsets[1:], rows.shares, rows.change_shares, strict=True
        )
    ]  # fmt: skip
    expected = twins.train_chunk(
        twin, chunk.tables, config, stream, start, end, KEY, float(dtype(alpha)), offset, lists, frozen, n_held
    )
    assert statistics[N_PAIRS:].tolist() == list(expected[N_PAIRS:])
    assert statistics[LOSS] == pytest.approx(expected[LOSS], rel=1e-7 if dtype == np.float64 else 1e-5)
    for rows, twin_rows in zip(chunk.weights, twin, strict=True):
        assert rows.dtype == dtype
        tolerance = {"rtol": 1e-9, "atol": 1e-8} if dtype == np.float64 else {"rtol": 0, "atol": 2e-5}
        np.testing.assert_allclose(rows, twin_rows, **tolerance)
    return statistics


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("vector_size", [1, 16, 17, 100])
def test_trains_as_its_twin_for_every_vector_size(kind, vector_size, dtype):
    config = config_of(kind, vector_size=vector_size, sample=0.05)
    statistics = assert_same_training(config, random_stream(150, FEW_WORDS, 12), 40, 110, FEW_WORDS, dtype)
    assert (statistics > 0).all()


@pytest.mark.parametrize("negative", [1, 2, 5, 6, 10, 25])
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind["loss"] in ("ns", "sampled")])
def test_trains_as_its_twin_for_every_number_of_negatives(name, negative):
    config = config_of(KINDS[name], negative=negative)
    for counts in (FEW_WORDS, MANY_WORDS):
        assert_same_training(config, random_stream(80, counts, 5), 0, 80, counts)


@pytest.mark.parametrize("n_words", [14, 15, 16, 17, 30, 46, 47, 48, 62, 63, 126, 142, 143, 144, 145])
@pytest.mark.parametrize("model", ["sg", "cbow"])
def test_full_softmax_trains_as_its_twin_for_every_size(model, n_words):
    """Where the outputs fill a row of scores to the last place, the next row begins right behind them."""
    counts = np.maximum(1000 // np.arange(1, n_words + 1), 5)
    config = config_of({"model": model, "loss": "softmax"}, window=4)
    for dtype in (np.float32, np.float64):
        assert_same_training(config, random_stream(60, counts, 4), 0, 60, counts, dtype)


@pytest.mark.parametrize("shrink_windows", [True, False])
@pytest.mark.parametrize("window", [1, 5, 15])
def test_trains_as_its_twin_for_every_window(kind, window, shrink_windows):
    config = config_of(kind, window=window, shrink_windows=shrink_windows, sample=0.1)
    # Wide windows of so few words are so many equal rows that a higher rate makes them large.
    assert_same_training(
        config, random_stream(150, FEW_WORDS, 4), 30, 120, FEW_WORDS, alpha=0.05 if window < 15 else 0.02
    )


@hypothesis_settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_trains_as_its_twin_on_any_stream(data):
    stream = np.array(data.draw(st.lists(st.integers(-1, len(FEW_WORDS) - 1), min_size=1, max_size=40)), np.int32)
    start = data.draw(st.integers(0, len(stream) - 1))
    end = data.draw(st.integers(start + 1, len(stream)))
    config = config_of(
        KINDS[data.draw(st.sampled_from(sorted(KINDS)))],
        window=data.draw(st.integers(1, 12)),
        negative=data.draw(st.integers(1, 14)),
        sample=data.draw(st.sampled_from([0.0, 0.01, 0.2])),
        shrink_windows=data.draw(st.booleans()),
    )
    assert_same_training(config, stream, start, end, FEW_WORDS)


@pytest.mark.parametrize("offset", [1, 2**31, 2**40 + 7])
def test_a_slice_draws_the_numbers_of_its_positions(kind, offset):
    """Of a stream that begins at another position of the corpus; the twin adds it in Python's integers."""
    config = config_of(kind, sample=0.05)
    assert_same_training(config, random_stream(80, FEW_WORDS, 6), 10, 70, FEW_WORDS, offset=offset)


def test_slices_of_a_stream_train_as_the_whole(kind):
    """Two slices of whole sentences, each at its own position, give the bytes of one stream; elsewhere they do not."""
    config, n = config_of(kind, sample=0.05), 300
    stream = random_stream(n, MANY_WORDS, 20)
    cut = 1 + int(np.flatnonzero(stream[: n // 2] == BREAK)[-1])

    def trained(*slices):
        chunk = bench(MANY_WORDS, config, n)
        for start, end, offset in slices:
            part = stream[start:end].copy()
            chunk.run(part, 0, len(part), KEY, 0.05, offset)
        return [rows.tobytes() for rows in chunk.weights]

    whole = bench(MANY_WORDS, config, n)
    for start, end in ((0, cut), (cut, n)):
        whole.run(stream, start, end, KEY, 0.05)
    assert trained((0, cut, 0), (cut, n, cut)) == [rows.tobytes() for rows in whole.weights]
    assert trained((0, cut, 0), (cut, n, 0)) != [rows.tobytes() for rows in whole.weights]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_frozen_rows_stay_and_the_others_train_as_their_twin(kind, dtype):
    config, stream, frozen = config_of(kind, sample=0.05), random_stream(150, FEW_WORDS, 12), [0, 3, 11]
    assert_same_training(config, stream, 40, 110, FEW_WORDS, dtype, frozen=frozen)
    chunk = bench(FEW_WORDS, config, 70, dtype)
    before = chunk.weights.inputs.copy()
    chunk = chunk._replace(tables=frozen_tables(chunk.tables, before, np.isin(range(len(FEW_WORDS)), frozen)))
    chunk.run(stream, 40, 110, KEY, 0.05)
    assert chunk.weights.inputs[frozen].tobytes() == before[frozen].tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [name for name in KINDS if "-softmax" not in name])
def test_hot_rows_train_as_the_twin(kind, dtype):
    """Output rows in copies of the thread's own: the first, the last, all, some in the middle."""
    for counts in (FEW_WORDS, 10_000 // np.arange(1, 400)):
        config, stream = config_of(KINDS[kind], sample=0.05), random_stream(150, counts, 12)
        n_rows = config.objective.n_output_rows(len(counts))
        for hot in (range(4), range(n_rows - 5, n_rows), range(n_rows), range(2, 6)):
            chunk = bench(counts, config, 150, dtype, hot=hot)
            rows, twin = chunk.weights.outputs[hot.start : hot.stop], [m.astype(np.float64) for m in chunk.weights]
            take_rows(rows, chunk.scratch.hot, chunk.scratch.hot_before)
            cold = rows.copy()
            statistics = chunk.run(stream, 0, 150, KEY, 0.05)
            assert rows.tobytes() == cold.tobytes() == chunk.scratch.hot_before.tobytes()
            rows[:] = chunk.scratch.hot
            expected = twins.train_chunk(twin, chunk.tables, config, stream, 0, 150, KEY, float(dtype(0.05)))
            assert statistics[N_PAIRS:].tolist() == list(expected[N_PAIRS:])
            for found, twin_rows in zip(chunk.weights, twin, strict=True):
                np.testing.assert_allclose(found, twin_rows, rtol=0, atol=1e-8 if dtype == np.float64 else 2e-5)


# ---- rows of a word


def some_rows(n_words, n_rows, dtype, corrected):
    """Lists of one to five input rows; some are in many lists, one is twice in a list."""
    generator = np.random.default_rng(3)
    lists = [generator.integers(0, n_rows, generator.integers(1, 6)) for _ in range(n_words)]
    lists[1] = np.array([2, 2, 5])
    lengths = np.array([len(one) for one in lists])
    shares = (1 / lengths).astype(dtype)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return WordRows(
        offsets, np.concatenate(lists).astype(np.int32), shares, shares if corrected else np.ones_like(shares)
    )


@pytest.mark.parametrize("corrected, n_held", [(False, 0), (True, 0), (False, 3), (True, len(FEW_WORDS))])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_words_of_several_rows_train_as_their_twin(kind, dtype, corrected, n_held):
    config, stream = config_of(kind, sample=0.05), random_stream(150, FEW_WORDS, 12)
    rows = some_rows(len(FEW_WORDS), 20, dtype, corrected)
    assert_same_training(config, stream, 40, 110, FEW_WORDS, dtype, alpha=0.02, rows=rows, n_held=n_held)


def test_frozen_rows_of_words_of_several_rows(kind):
    config, stream = config_of(kind, sample=0.05), random_stream(150, FEW_WORDS, 12)
    rows = some_rows(len(FEW_WORDS), len(FEW_WORDS), np.float64, False)
    for n_held in (0, 5):
        assert_same_training(config, stream, 40, 110, FEW_WORDS, alpha=0.02, rows=rows, frozen=[2, 7], n_held=n_held)


def test_a_list_of_one_row_is_that_row(kind):
    """Up to the square of the learning rate: a token does not see what others of its word learn while it is held."""
    config, stream, n_words = config_of(kind, sample=0.05), random_stream(150, MANY_WORDS, 12), len(MANY_WORDS)
    ones = np.ones(n_words)
    order = np.random.default_rng(1).permutation(n_words).astype(np.int32)
    plain = bench(MANY_WORDS, config, 150, np.float64)
    listed = bench(MANY_WORDS, config, 150, np.float64, word_rows=WordRows(np.arange(n_words + 1), order, ones, ones))
    listed.weights.inputs[order] = plain.weights.inputs
    for chunk in (plain, listed):
        chunk.run(stream, 0, 150, KEY, 1e-6)
    np.testing.assert_allclose(listed.weights.inputs[order], plain.weights.inputs, rtol=0, atol=1e-9)
    np.testing.assert_allclose(listed.weights.outputs, plain.weights.outputs, rtol=0, atol=1e-9)


def test_word_vectors_are_shares_of_sums():
    rows = WordRows(np.array([0, 2, 3]), np.array([1, 0, 2], np.int32), np.array([0.5, 2.0]), np.ones(2))
    matrix = np.array([[1.0, 2], [3, 4], [5, 6]])
    np.testing.assert_allclose(word_vectors(matrix, rows), [[2, 3], [10, 12]])
    assert word_vectors(matrix, None) is matrix


# ---- the four lines of NumPy


@njit
def kernel_step(inputs, outputs, alpha, is_softmax, scratch):
    n_padded = gradient.score(inputs, outputs, scratch)
    loss = gradient.scores_to_errors(inputs, outputs, n_padded, alpha, is_softmax, scratch)
    gradient.update(inputs, outputs, n_padded, scratch)
    return loss


def lines_of_the_docstring():
    return [line.strip() for line in gradient.__doc__.splitlines() if line.startswith("    ")]


@pytest.mark.parametrize("n_inputs", [1, 2, 5, 13])
@pytest.mark.parametrize("is_softmax", [False, True])
def test_the_step_is_what_stands_at_the_head_of_its_file(n_inputs, is_softmax):
    config = config_of(KINDS["sg-ns"], vector_size=40, negative=9, window=4)
    chunk, generator, n_outputs = bench(MANY_WORDS, config, 10, np.float64), np.random.default_rng(4), 17
    scratch, (inputs, outputs) = chunk.scratch, chunk.weights
    in_ids, out_ids = generator.permutation(len(inputs))[:n_inputs], generator.permutation(len(outputs))[:n_outputs]
    scratch.out_rows[:n_outputs], scratch.out_labels[:n_outputs] = out_ids, -1
    scratch.out_labels[3] = 1
    if not is_softmax:
        scratch.pair_weights[:n_inputs, :n_outputs] = generator.uniform(0, 2, (n_inputs, n_outputs))

    def f(scores):
        if is_softmax:
            return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return 1 / (1 + np.exp(-scores))

    names = {
        "inputs": inputs[in_ids], "outputs": outputs[out_ids], "alpha": 0.1, "f": f,
        "labels": (np.arange(n_outputs) == 3).astype(float),
        "pair_weights": scratch.pair_weights[:n_inputs, :n_outputs].copy(),
    }  # fmt: skip
    lines = lines_of_the_docstring()
    assert len(lines) == 4
    exec("\n".join(lines), names)
    rows = Inputs(inputs, inputs, in_ids.astype(np.int64), np.int64(0), np.int64(n_inputs))
    kernel_step(
        rows,
        Outputs(outputs, scratch.hot, scratch.out_rows, np.int64(0), np.int64(n_outputs), np.int64(0)),
        0.1,
        is_softmax,
        scratch,
    )
    np.testing.assert_allclose(inputs[in_ids], names["inputs"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(outputs[out_ids], names["outputs"], rtol=1e-7, atol=1e-9)


def test_sentence_of_one_word_trains_nothing(kind):
    config = config_of(kind)
    stream = np.array([3, BREAK, 5, BREAK, BREAK, 7], np.int32)
    chunk = bench(FEW_WORDS, config, len(stream))
    before = [rows.copy() for rows in chunk.weights]
    assert chunk.run(stream, 0, len(stream), KEY, 0.05).tolist() == [0, 0, 3, 0]
    for rows, old in zip(chunk.weights, before, strict=True):
        np.testing.assert_array_equal(rows, old)


def test_empty_chunk_trains_nothing(kind):
    chunk = bench(FEW_WORDS, config_of(kind, sample=0.1), 1)
    before = [rows.copy() for rows in chunk.weights]
    for place in (0, 20, 40):
        assert chunk.run(random_stream(40, FEW_WORDS, 3), place, place, KEY, 0.05).tolist() == [0, 0, 0, 0]
    for rows, old in zip(chunk.weights, before, strict=True):
        np.testing.assert_array_equal(rows, old)


def test_words_of_other_sentences_are_no_context():
    config = config_of(KINDS["sg-softmax"], window=15, shrink_windows=False)
    stream = np.array([1, 2, BREAK, 3, 4, 5, BREAK, 6, 7], np.int32)
    chunk = bench(FEW_WORDS, config, len(stream))
    before = chunk.weights.inputs.copy()
    assert chunk.run(stream, 4, 5, KEY, 0.05)[N_PAIRS] == 2
    assert np.flatnonzero((chunk.weights.inputs != before).any(axis=1)).tolist() == [3, 5]


def test_padding_stays_zero(kind):
    config = config_of(kind, vector_size=17)
    chunk = bench(FEW_WORDS, config, 100)
    chunk.run(random_stream(100, FEW_WORDS, 5), 0, 100, KEY, 0.05)
    for rows in chunk.weights:
        assert rows.shape[1] == 32 and rows[:, :17].all() and not rows[:, 17:].any()


# ---- known answers


@pytest.mark.parametrize("model", ["sg", "cbow"])
def test_loss_of_zero_output_vectors_is_known(model):
    """All scores are 0: log 2 per output row for logistic objectives, log of the number of rows for softmax."""
    n_words, n_tokens = 8, 400  # of equal counts, so all Huffman paths have 3 nodes
    stream = (np.arange(n_tokens) % n_words).astype(np.int32)
    expected = {"hs": 3 * np.log(2), "softmax": np.log(n_words)}
    for loss, per_pair in expected.items():
        config = config_of({"model": model, "loss": loss})
        chunk = bench([50] * n_words, config, n_tokens)
        chunk.weights.outputs[:] = 0
        statistics = chunk.run(stream, 0, n_tokens, KEY, 0.0)
        assert statistics[LOSS] / statistics[N_PAIRS] == pytest.approx(per_pair, rel=1e-6)
        assert not chunk.weights.outputs.any()


def test_zero_learning_rate_changes_nothing(kind):
    config = config_of(kind)
    chunk = bench(FEW_WORDS, config, 100)
    before = [rows.copy() for rows in chunk.weights]
    stream = random_stream(100, FEW_WORDS, 5)
    expected = twins.train_chunk(
        [rows.astype(np.float64) for rows in chunk.weights], chunk.tables, config, stream, 0, 100, KEY, 0.0
    )
    assert chunk.run(stream, 0, 100, KEY, 0.0)[LOSS] == pytest.approx(expected[LOSS], rel=1e-5)
    for rows, old in zip(chunk.weights, before, strict=True):
        np.testing.assert_array_equal(rows, old)


def test_scores_beyond_the_range_of_exp_stay_finite(kind):
    config = config_of(kind)
    chunk = bench(FEW_WORDS, config, 100)
    for rows in chunk.weights:
        rows *= 100
    stream = random_stream(100, FEW_WORDS, 5)
    twin = [rows.astype(np.float64) for rows in chunk.weights]
    statistics = chunk.run(stream, 0, 100, KEY, 1e-6)
    expected = twins.train_chunk(twin, chunk.tables, config, stream, 0, 100, KEY, 1e-6)
    if config.loss not in ("softmax", "sampled"):  # there the twin's logarithms are not cut at e^−30
        assert statistics[LOSS] == pytest.approx(expected[LOSS], rel=1e-4)
    for rows, twin_rows in zip(chunk.weights, twin, strict=True):
        np.testing.assert_allclose(rows, twin_rows, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("negative_sharing", ["block", "window"])
def test_loss_of_many_wrong_scores_is_whole(negative_sharing):
    """A hundred negatives at score 25 each; none of the few words is left out, but for the center itself."""
    config = config_of(KINDS["sg-ns"], negative=100, vector_size=1, window=1, negative_sharing=negative_sharing)
    chunk = bench([1000] * 50, config, 2, np.float64)
    chunk.weights.inputs[:, 0], chunk.weights.outputs[:, 0] = 5, 5
    statistics = chunk.run(np.array([7, 8], np.int32), 0, 1, KEY, 0.0)
    drawn = twins.draw(twins.random_at(twins.mix(KEY ^ twins.MIX_1), 0), chunk.tables, config)
    n_negatives = sum(word_id != 7 for word_id in drawn)
    assert 0.9 * config.n_negatives < n_negatives < config.n_negatives
    assert statistics[LOSS] == pytest.approx(25 * n_negatives * chunk.settings.negative_weight, rel=1e-6)


@pytest.mark.parametrize("score", [-100, 0, 100])
def test_softmax_of_equal_scores_is_uniform(score):
    """Whatever the score: only differences count."""
    config = config_of(KINDS["sg-softmax"], vector_size=1, window=1)
    chunk = bench([10] * 16, config, 2, np.float64)
    chunk.weights.inputs[:, 0], chunk.weights.outputs[:, 0] = 10, score / 10
    statistics = chunk.run(np.array([7, 8], np.int32), 0, 1, KEY, 0.5)
    assert statistics[:2].tolist() == [pytest.approx(np.log(16), rel=1e-7), 1]
    expected = np.full(16, -0.5 * 10 / 16)
    expected[7] += 0.5 * 10
    np.testing.assert_allclose(chunk.weights.outputs[:, 0] - score / 10, expected, rtol=1e-6)


def test_what_is_no_number_shows_itself(kind):
    config = config_of(kind)
    chunk = bench(FEW_WORDS, config, 100)
    chunk.weights.outputs[:] = np.nan
    chunk.run(random_stream(100, FEW_WORDS, 5), 0, 100, KEY, 0.05)
    assert np.isnan(chunk.weights.inputs).any()


# ---- chunks


def test_chunks_of_any_size_train_the_same(kind):
    """The same pairs; and the same bytes, as long as no block of neighbouring centers is cut in two."""
    config = config_of(kind, window=5)
    counts, n_tokens, sentence = MANY_WORDS, 2500, 2 * CENTERS
    stream = random_stream(n_tokens, counts, 0)
    stream[sentence :: sentence + 1] = BREAK
    results = []
    for chunk_size in (1, 7, sentence + 1, 100 * (sentence + 1), n_tokens):
        chunk = bench(counts, config, chunk_size)
        total = np.zeros(kernels.N_STATISTICS)
        for start in range(0, n_tokens, chunk_size):
            total += chunk.run(stream, start, min(start + chunk_size, n_tokens), KEY, 0.025)
        results.append((total, [rows.tobytes() for rows in chunk.weights]))
    expected, rows = results[-1]
    assert expected[N_TRAINED] == np.count_nonzero(stream != BREAK)
    for number, (total, other_rows) in enumerate(results):
        assert total[N_PAIRS:].tolist() == expected[N_PAIRS:].tolist()
        if number >= 2 or block_size.py_func(chunk.settings) == 1:
            assert total[LOSS] == pytest.approx(expected[LOSS], rel=1e-12)
            assert other_rows == rows
        else:
            assert total[LOSS] == pytest.approx(expected[LOSS], rel=0.2)


def test_subsampling_is_the_same_for_chunks_of_any_size(kind):
    config, counts, n_tokens = config_of(kind, sample=0.05, window=5), MANY_WORDS, 2500
    stream = random_stream(n_tokens, counts, 60)
    found = []
    for chunk_size in (1, 7, 1000, n_tokens):
        chunk = bench(counts, config, chunk_size)
        starts = range(0, n_tokens, chunk_size)
        found.append(sum(chunk.run(stream, at, min(at + chunk_size, n_tokens), KEY, 0.025) for at in starts))
    assert found[0][N_TRAINED] + found[0][N_SUBSAMPLED] == np.count_nonzero(stream != BREAK)
    for total in found[1:]:
        assert total[N_PAIRS:].tolist() == found[0][N_PAIRS:].tolist()


def test_other_keys_draw_other_numbers():
    config = config_of(KINDS["sg-ns"], sample=0.05)
    found = set()
    for key in (0, 1, KEY, 2**64 - 1):
        chunk = bench(MANY_WORDS, config, 300)
        found.add((*chunk.run(random_stream(300, MANY_WORDS, 9), 0, 300, key, 0.05), chunk.weights.inputs.tobytes()))
    assert len(found) == 4


@njit
def drawn_by_the_kernel(tables, key, n_draws):
    found = np.zeros(n_draws, np.int64)
    for n in range(n_draws):
        found[n] = draw_noise(tables, random_at(key, n))
    return found


def test_frequencies_of_negatives_and_windows():
    """Of 40,000 windows of a text of one word: window sizes are uniform, negatives follow the noise distribution."""
    n_tokens, counts = 40_000, np.array([16, 8, 4, 2, 1, 1])
    config = config_of(KINDS["sg-ns"], window=4, negative=2, ns_exponent=1.0, vector_size=1)
    stream = np.zeros(n_tokens, np.int32)
    chunk = bench(counts, config, n_tokens)
    statistics = chunk.run(stream, 0, n_tokens, KEY, 0.0)
    assert statistics[N_PAIRS] / n_tokens == pytest.approx(2 * 2.5, abs=0.05)  # twice the mean of 1 … 4
    drawn = np.bincount(drawn_by_the_kernel(chunk.tables, np.uint64(KEY), 2 * n_tokens), minlength=len(counts))
    expected = 2 * n_tokens * counts / counts.sum()
    assert ((drawn - expected) ** 2 / expected).sum() < 20.5  # chi-square, 5 degrees of freedom, 0.1 %


# ---- other processes


def train_every_kind(path):
    """Train a small chunk of each kind and write the weights and statistics; run by other processes too."""
    found = {}
    for name, kind in KINDS.items():
        config = config_of(kind, vector_size=20, sample=0.1, negative=7)
        chunk = bench(FEW_WORDS, config, 60)
        found[f"{name} statistics"] = chunk.run(random_stream(60, FEW_WORDS, 6), 5, 55, KEY, 0.001)
        found[f"{name} inputs"], found[f"{name} outputs"] = chunk.weights
    np.savez(path, **found)


@pytest.mark.parametrize("processor", ["no compiler", "256-bit registers"])
def test_other_processors_train_the_same(tmp_path, processor):
    environment = OTHER_PROCESSORS[processor]
    train_every_kind(tmp_path / "here.npz")
    code = (
        "import sys, test_chunk\n"
        "from w2v.kernel import chunk as kernels; from w2v.compiled.registers import LANES\n"
        "test_chunk.train_every_kind(sys.argv[1])\n"
        "print(LANES, type(kernels.train_chunk).__name__)"
    )
    process = python(code, tmp_path / "there.npz", **environment)
    lanes, compiled = process.stdout.split()
    assert not process.stderr
    if "NUMBA_DISABLE_JIT" in environment:
        assert compiled == "function"
    else:
        assert lanes == "8"
    here, there = np.load(tmp_path / "here.npz"), np.load(tmp_path / "there.npz")
    assert here.keys() == there.keys()
    for name, found in here.items():
        if name.endswith("statistics"):
            assert there[name][N_PAIRS:].tolist() == found[N_PAIRS:].tolist()
            assert there[name][LOSS] == pytest.approx(found[LOSS], rel=1e-5)
        else:
            # Where an output row comes again, tiles of other heights differ in the order of alpha²: by a quarter
            # at half the learning rate.
            np.testing.assert_allclose(there[name], found, rtol=0, atol=5e-5)
            assert np.abs(found).max() > 1e-3


TRAIN_AND_SHOW_CACHE = """
import json, sys
import numpy as np
import w2v
from w2v.kernel import chunk as kernels
from w2v.config import TrainConfig
from w2v.kernel.weights import initial_weights
from w2v.training.schedule import Schedule
from support import train

stream, counts = (np.arange(500) % 20).astype(np.int32), np.full(20, 25)
for arguments in json.loads(sys.argv[1]):
    config = TrainConfig(**arguments)
    train(stream, counts, initial_weights(20, config), config, Schedule(0.05, 0.01, 1, len(stream)))
stats = kernels.train_chunk.stats
print(json.dumps([sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]))
"""


def test_second_process_finds_compiled_code():
    def hits_and_misses(*configs):
        return json.loads(python(TRAIN_AND_SHOW_CACHE, json.dumps(configs)).stdout)

    assert sum(hits_and_misses({"threads": 1})) == 1  # compiled, or found where another test has been before
    settings = [
        {"vector_size": 17, "negative": 9, "window": 11, "threads": 2, "shrink_windows": False, "sample": 0.0, **kind}
        for kind in KINDS.values()
    ]
    assert hits_and_misses(*settings) == [1, 0]
