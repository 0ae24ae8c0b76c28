import numpy as np
import pytest
import twins
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy.stats import chi2
from support import KINDS, bench, config_of, pick_outputs

from w2v.kernel import chunk as kernels
from w2v.objectives.sampling import alias_table, keep_probabilities, keep_thresholds, noise_probabilities


@njit
def read_chunk(stream, start, end, keep_threshold, key, reach, scratch, statistics):
    """The same."""
    return kernels.read_chunk(stream, start, end, 0, keep_threshold, key, reach, scratch, statistics)


EXPONENTS = st.sampled_from([0.75, 0.0, 1.0, -0.5, -2.0, 3.0])
COUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=300).map(np.array)
COUNT_CASES = {
    "falling": 10_000 // np.arange(1, 101),
    "uniform": np.full(50, 7),
    "one giant": np.array([10**12] + [1] * 30),
    "two words": np.array([3, 1]),
}


def implied_probabilities(table):
    """What the table draws, exactly: its slots are equally likely, and a threshold t is passed by t + 1 of 2³²
    numbers."""
    stay = (table.threshold.astype(np.float64) + 1) / 2**32
    found = stay.copy()
    np.add.at(found, table.alias, 1 - stay)
    return found / len(stay)


@given(counts=COUNTS, exponent=EXPONENTS)
def test_alias_table_implies_the_noise_distribution(counts, exponent):
    table = alias_table(counts, exponent)
    weights = counts.astype(np.float64) ** exponent
    np.testing.assert_allclose(implied_probabilities(table), weights / weights.sum(), rtol=0, atol=1e-9)
    assert table.threshold.dtype == np.uint32 and table.alias.dtype == np.int32
    assert table.alias.min() >= 0 and table.alias.max() < len(counts)


def test_alias_table_of_a_large_vocabulary_is_exact():
    counts = 10**9 // np.arange(1, 200_001)
    expected = noise_probabilities(counts, 0.75)
    found = implied_probabilities(alias_table(counts, 0.75))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-14)


def test_thresholds_are_exact():
    """Half of the 2³² numbers are <= 2³¹ − 1. Slot 1 keeps its word half of the time: it needs 1/4 of 2 slots."""
    table = alias_table(np.array([3, 1]), 1.0)
    assert table.threshold.tolist() == [2**32 - 1, 2**31 - 1] and table.alias[1] == 0
    assert keep_thresholds(np.array([4000, 10**6 - 4000]), 1e-3)[0] == 3 * 2**30 - 1


def test_exponents_with_known_answers():
    counts = np.array([8, 4, 1])
    np.testing.assert_allclose(noise_probabilities(counts, 0.0), [1 / 3] * 3)
    np.testing.assert_allclose(noise_probabilities(counts, 1.0), [8 / 13, 4 / 13, 1 / 13])
    np.testing.assert_allclose(noise_probabilities(counts, -1.0), [1 / 11, 2 / 11, 8 / 11])
    np.testing.assert_allclose(noise_probabilities(np.array([16, 1]), 0.75), [8 / 9, 1 / 9])


@pytest.mark.parametrize("exponent", [0.75, 0.0, -0.5])
@pytest.mark.parametrize("counts", COUNT_CASES.values(), ids=COUNT_CASES.keys())
def test_kernel_draws_the_noise_distribution(counts, exponent):
    config = config_of(KINDS["sg-ns"], negative=200_000, ns_exponent=exponent, negative_sharing="window")
    chunk = bench(counts, config, 4)
    center_id = len(counts) - 1
    n_out = pick_outputs(center_id, np.uint64(2**64 - 5), chunk.tables, chunk.settings, chunk.scratch)
    rows, labels = chunk.scratch.out_rows[:n_out], chunk.scratch.out_labels[:n_out]
    assert rows[0] == center_id and labels[0] == 1 and (labels[1:] == -1).all() and (rows[1:] != center_id).all()
    drawn = np.bincount(rows[1:], minlength=len(counts))
    drawn[center_id] = config.negative - drawn.sum()  # draws of the center itself are dropped
    expected = config.negative * noise_probabilities(counts, exponent)
    common = expected >= 5
    assert drawn[~common].sum() <= 20
    statistic = ((drawn - expected)[common] ** 2 / expected[common]).sum()
    assert statistic < chi2.ppf(0.999, max(common.sum() - 1, 1))


def test_keep_probabilities_are_word2vec_cs():
    """word2vec.c: (sqrt(f / sample) + 1) * sample / f, here with f / sample = 4, 1 and 1/4, and a cap of 1."""
    total, sample = 1_000_000, 1e-3
    counts = np.array([4000, 1000, 250])
    counts = np.append(counts, total - counts.sum())
    found = keep_probabilities(counts, sample)
    share = counts[-1] / total / sample
    np.testing.assert_allclose(found, [0.75, 1.0, 1.0, (np.sqrt(share) + 1) / share])


@pytest.mark.parametrize("sample", [1e-5, 1e-3, 1e-2, 0.0])
def test_keep_thresholds_are_gensims(sample):
    word2vec = pytest.importorskip("gensim.models.word2vec")
    counts = (10**6 / np.arange(1, 2001) ** 1.1).astype(np.int64)
    model = word2vec.Word2Vec(vector_size=1, min_count=1, sample=sample)
    model.build_vocab_from_freq({f"word{n}": int(count) for n, count in enumerate(counts)})
    gensims = [model.wv.get_vecattr(f"word{n}", "sample_int") for n in range(len(counts))]
    found = keep_thresholds(counts, sample)
    assert found.dtype == np.uint32
    assert np.abs(found.astype(np.int64) - np.array(gensims, np.int64)).max() <= 2
    assert (found < 2**32 - 1).any() == (sample > 0)


def test_sample_zero_keeps_everything():
    counts = np.array([10**9, 5, 1])
    assert keep_probabilities(counts, 0.0).tolist() == [1, 1, 1]
    assert keep_thresholds(counts, 0.0).tolist() == [2**32 - 1] * 3


def test_kernel_keeps_tokens_as_often_as_it_should():
    """Each word 20,000 times in a row; the number kept is within 4 standard deviations."""
    counts, n_each = np.array([900_000, 90_000, 9_000, 1_000]), 20_000
    config = config_of(KINDS["sg-ns"], sample=1e-2)
    expected = keep_probabilities(counts, config.sample)
    assert expected[0] < 0.2 and expected[-1] == 1
    for word_id, probability in enumerate(expected):
        chunk, statistics = bench(counts, config, n_each), np.zeros(kernels.N_STATISTICS)
        stream = np.full(n_each, word_id, np.int32)
        first, last = read_chunk(
            stream, 0, n_each, chunk.tables.keep_threshold, np.uint64(99), 5, chunk.scratch, statistics
        )
        n_kept = statistics[kernels.N_TRAINED]
        assert n_kept == last - first and n_kept + statistics[kernels.N_SUBSAMPLED] == n_each
        assert abs(n_kept - n_each * probability) <= 4 * np.sqrt(n_each * probability * (1 - probability))


def test_kernel_reads_kept_tokens_and_margins():
    counts, window = np.array([40, 30, 20, 10]), 3
    config = config_of(KINDS["sg-ns"], sample=0.1, window=window)
    generator = np.random.default_rng(3)
    stream = generator.integers(-1, 4, 300).astype(np.int32)
    chunk, key = bench(counts, config, 300), 12345
    kept = [p for p in range(300) if stream[p] == -1 or twins.is_kept(stream, p, chunk.tables, key, 0)]
    for start, end in [(0, 300), (0, 10), (100, 130), (250, 300), (57, 58)]:
        first, last = read_chunk(
            stream, start, end, chunk.tables.keep_threshold, np.uint64(key), window, chunk.scratch, np.zeros(4)
        )
        inside = [p for p in kept if start <= p < end]
        assert chunk.scratch.token_pos[first:last].tolist() == inside
        assert chunk.scratch.token_ids[first:last].tolist() == stream[inside].tolist()
