"""Streams of over 2^31 tokens and files of over 4 GiB, as sparse files: no number on the way is too small for them."""

import numpy as np
import pytest
import twins
from support import bench, config_of, random_stream

from w2v.config import TextConfig
from w2v.corpus import scan, wordtable
from w2v.corpus.lexicon import text_lexicon
from w2v.corpus.raw_ids import RawSegment, RawStream
from w2v.formats.vector_files import read_vectors
from w2v.kernel.layout import Weights
from w2v.system.container import DTYPES, read_container
from w2v.training.schedule import Schedule, chunk_size

FAR = (1 << 31) + 12_345  # tokens: 8 GiB of ids
FAR_BYTES = (1 << 32) + 678  # of text
COUNTS = np.arange(60, 0, -2)


def sparse(path, size):
    """A file of zeros that takes no room on the disk."""
    with open(path, "wb") as file:
        file.truncate(size)
    if path.stat().st_blocks > 1000:
        pytest.skip("this file system has no sparse files")
    return path


class Shifted:
    """The ids of a short stream at far positions, for the twin."""

    def __init__(self, ids, first):
        self.ids, self.first = ids, first

    def __getitem__(self, position):
        return self.ids[position - self.first]


@pytest.mark.parametrize("kind", [{"model": "sg", "loss": "ns"}, {"model": "cbow", "loss": "hs"}], ids=["sg", "cbow"])
def test_a_chunk_behind_two_billion_tokens_equals_the_twin(tmp_path, monkeypatch, kind):
    ids = random_stream(60, COUNTS, 6)
    ids[0] = scan.BREAK
    path = sparse(tmp_path / "tokens.int32", 4 * (FAR + len(ids)))
    stream = np.memmap(path, np.int32, "r+")
    stream[FAR:] = ids
    stream.flush()
    config = config_of(kind, sample=0.01)
    one = bench(COUNTS, config, len(ids), np.float64)
    start, end, key = FAR + 10, FAR + 45, 2**63 + 5
    inputs, outputs = (rows[:, : config.vector_size].copy() for rows in one.weights)
    statistics = one.run(np.memmap(path, np.int32, "r"), start, end, key, 0.05)
    far = [[FAR + position for position in positions] for positions in twins.sentences(ids)]
    monkeypatch.setattr(twins, "sentences", lambda stream: far)
    expected = twins.train_chunk(Weights(inputs, outputs), one.tables, config, Shifted(ids, FAR), start, end, key, 0.05)
    assert statistics[2] > 0 and statistics[1:].tolist() == list(expected[1:])
    np.testing.assert_allclose(statistics[0], expected[0], rtol=1e-6)
    for trained, twin in zip(one.weights, (inputs, outputs), strict=True):
        np.testing.assert_allclose(trained[:, : config.vector_size], twin, rtol=1e-5, atol=1e-7)


def test_positions_that_differ_by_powers_of_two_have_other_random_numbers():
    numbers = {twins.random_at(7, 5 + shift) for shift in (0, 1 << 31, 1 << 32, 1 << 33, 1 << 40)}
    assert len(numbers) == 5


def test_text_behind_four_gibibytes():
    text = b"king queen king\nthe king\n"
    near_table, near = scan.scan_text(text, 0, wordtable.word_table())
    far_table, far = scan.scan_text(text, FAR_BYTES, wordtable.word_table())
    assert far.tolist() == near.tolist()
    first = far_table.entries[: int(far_table.sizes[0]), wordtable.FIRST]
    assert first.tolist() == (near_table.entries[: len(first), wordtable.FIRST] + FAR_BYTES).tolist()
    lexicon = text_lexicon(far_table, TextConfig(), str)
    assert lexicon.first_seen.tolist() == first.tolist() == [FAR_BYTES, FAR_BYTES + 5, FAR_BYTES + 16]


def test_order_of_first_appearance_beyond_four_gibibytes():
    tables = [wordtable.word_table(), wordtable.word_table()]
    tables[0], _ = scan.scan_text(b"late early", FAR_BYTES, tables[0])
    tables[1], _ = scan.scan_text(b"early", FAR_BYTES - (1 << 32), tables[1])
    table, numbers = wordtable.merged(tables)
    assert table.entries[:2, wordtable.FIRST].tolist() == [FAR_BYTES, FAR_BYTES - (1 << 32)]
    assert [number.tolist() for number in numbers] == [[0, 1], [1]]


def test_counts_beyond_32_bits():
    table, _ = scan.scan_text(b"a b a", 0, wordtable.word_table())
    table.slots.reshape(-1, wordtable.WIDTH)[:, wordtable.COUNT] *= np.uint64(1 << 40)
    merged, _ = wordtable.merged([table, table._replace(slots=table.slots.copy())])
    assert wordtable.word_counts(merged).tolist() == [1 << 42, 1 << 41]


def test_raw_segments_lie_anywhere(tmp_path):
    ids = np.array([3, 1, 2], np.int32)
    segment = RawSegment(0, 4 * FAR, len(ids), 0)
    with open(sparse(tmp_path / "raw", 4 * FAR + ids.nbytes), "r+b") as file:
        file.seek(segment.place)
        file.write(ids.data)
        assert RawStream([file], [segment], [], 1).read(segment, np.zeros(9, np.int32)).tolist() == [3, 1, 2]


def test_the_learning_rate_falls_evenly_over_long_streams():
    schedule = Schedule(0.025, 0.0001, 3, 1 << 40)
    alphas = [schedule.alpha(epoch, part << 38) for epoch in range(3) for part in range(4)]
    np.testing.assert_allclose(alphas, np.linspace(0.025, 0.0001, 13)[:-1])


def test_binary_vectors_behind_four_gibibytes(tmp_path):
    """The reader stops at the rows asked for, whatever size the file has, and refuses a size that the file has not."""
    size, n_rows = 1 << 20, 1 << 12
    head = b"%d %d\n" % (n_rows, size // 4)
    row = b"a " + np.arange(size // 4, dtype="<f4").tobytes()
    path = sparse(tmp_path / "v.bin", len(head) + n_rows * len(row))
    with open(path, "r+b") as file:
        file.write(head + row)
    assert path.stat().st_size > 1 << 32
    assert read_vectors(path, "word2vec-binary", limit=1).vectors[0, -1] == size // 4 - 1


def test_native_arrays_behind_four_gibibytes(tmp_path):
    n_far = (1 << 32) + 64
    header = b'{"far":{"dtype":"F32","shape":[%d,2],"data_offsets":[0,%d]},"words":{"dtype":"U8","shape":[3],' % (
        n_far // 8,
        n_far,
    ) + b'"data_offsets":[%d,%d]}}' % (n_far, n_far + 3)
    header += b" " * (-(8 + len(header)) % 64)
    path = sparse(tmp_path / "v.w2v", 8 + len(header) + n_far + 3)
    with open(path, "r+b") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.seek(8 + len(header) + n_far - 4)
        file.write(np.float32(7).tobytes() + b"xyz")
    tensors, _ = read_container(path)
    assert tensors["far"].dtype == DTYPES["F32"] and tensors["far"][-1, 1] == 7
    assert bytes(tensors["words"]) == b"xyz"


def test_chunks_of_a_long_stream_are_counted():
    chunk = chunk_size(1 << 40, 1000, config_of({"model": "sg", "loss": "ns"}))
    assert 0 < chunk <= 30_000 and -(-(1 << 40) // chunk) > 1 << 25
