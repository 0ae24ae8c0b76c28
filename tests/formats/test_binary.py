import bz2
import gzip
import lzma

import numpy as np
import pytest
from support import assert_untrue_headers_take_no_memory

from w2v.errors import FormatError
from w2v.formats.binary import read_binary
from w2v.formats.format import Reading

A, B = np.float32([1.5, -2]).tobytes(), np.float32([3, 4e-7]).tobytes()
ROWS = b"a " + A + b"b " + B
EXPECTED = (["a", "b"], np.frombuffer(A + B, np.float32).reshape(2, 2).tolist())


def read(tmp_path, data, **options):
    (tmp_path / "file").write_bytes(data)
    words, vectors = read_binary(tmp_path / "file", Reading(**options))[:2]
    return words, vectors.tolist()


SAME = {
    "gensim": b"2 2\n" + ROWS,
    "word2vec.c": b"2 2\na " + A + b"\nb " + B + b"\n",
    "mixed": b"2 2\n\na " + A + b"b " + B + b"\n\n",
    "CRLF after the header": b"2 2\r\n" + ROWS,
}


@pytest.mark.parametrize("data", SAME.values(), ids=SAME)
def test_line_ends_after_vectors_may_be_there_or_not(tmp_path, data):
    assert read(tmp_path, data) == EXPECTED
    for compression in (gzip, bz2, lzma):
        assert read(tmp_path, compression.compress(data)) == EXPECTED


def test_vectors_whose_bytes_look_like_spaces_and_line_ends(tmp_path):
    blank = b"  \n\n" * 2
    words, vectors = read(tmp_path, b"2 2\na " + blank + b"\nb " + blank + b"\n")
    assert words == ["a", "b"] and np.float32(vectors).tobytes() == blank * 2


BAD = {
    "empty": (b"", "is empty"),
    "text": (b"some text\n" * 20, "line 1 is 'some text"),
    "no line end": (b"1" * 1000, "line 1 is"),
    "no columns": (b"2 0\n" + ROWS, "vectors of 0 numbers"),
    "more than the file can hold": (
        b"1000000000000 300\n" + ROWS * 50,
        "1000000000000 vectors of 300 .*at most 0",
    ),
    "one more than the file can hold": (
        b"3 2\n" + ROWS,
        "announces 3 vectors of 2 .* 24 bytes hold at most 2",
    ),
    "wide": (b"1 1000000000000\n" + ROWS, "at most 0"),
    "endless numbers": (b"1 " + b"9" * 90 + b"\n" + ROWS, "more than 15 digits"),
    "goes on": (b"1 2\n" + ROWS, "goes on after the 1 announced vectors, at byte 14;.*limit=1"),
    "empty words": (b"3 2\n " + A + b"a " + A + b" " + B + b"\n", "byte 23: another word is empty"),
    "nan": (
        b"2 2\na " + A + b"b " + np.float32([1, np.nan]).tobytes(),
        "byte 14: the vector of 'b' holds nan",
    ),
    "infinity": (
        b"2 2\na " + np.float32([np.inf, 1]).tobytes() + b"b " + B,
        "byte 4: the vector of 'a' holds nan or inf",
    ),
    "not UTF-8": (b"2 2\na " + A + b"\xff " + B, r"byte 14: the word b'\\xff' is not valid utf-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_the_byte(tmp_path, name):
    data, sentence = BAD[name]
    with pytest.raises(FormatError, match=f"file.*{sentence}"):
        read(tmp_path, data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_file_cut_at_any_byte_is_refused(tmp_path, pack, end):
    whole = b"2 2\nlong " + A + end + b"b " + B
    for length in range(len(whole)):
        with pytest.raises(FormatError, match="file"):
            read(tmp_path, pack(whole[:length]))
    assert read(tmp_path, pack(whole))[0] == ["long", "b"]


def test_an_untrue_header_takes_no_memory(tmp_path):
    assert_untrue_headers_take_no_memory(lambda data: read(tmp_path, data), ROWS)


def test_rows_too_long_for_any_reader(tmp_path):
    with pytest.raises(FormatError, match="line 1 announces vectors of 1000000000 numbers and at most"):
        read(tmp_path, gzip.compress(b"1 1000000000\na " + A))


def test_bytes_are_counted_across_blocks(tmp_path):
    vectors = np.ones((9_000, 200), np.float32)  # about 7 MB
    vectors[8_500, 3] = np.nan
    rows = [b"%05d " % row + vector.tobytes() for row, vector in enumerate(vectors)]
    with pytest.raises(FormatError, match=f"byte {9 + 8_500 * 806}: the vector of '08500'"):
        read(tmp_path, b"9000 200\n" + b"".join(rows))


def test_rows_longer_than_a_block(tmp_path):
    vectors = np.random.default_rng(0).random((3, 700_000), np.float32)
    data = b"3 700000\n" + b"".join(b"w%d " % row + vector.tobytes() for row, vector in enumerate(vectors))
    for packed in (data, gzip.compress(data, 1)):
        (tmp_path / "file").write_bytes(packed)
        words, found = read_binary(tmp_path / "file", Reading())[:2]
        assert words == ["w0", "w1", "w2"] and np.array_equal(found, vectors)


def test_limit_stops_before_what_is_wrong_later(tmp_path):
    assert read(tmp_path, b"1000000 2\n" + ROWS + b"rubbish", limit=2) == EXPECTED
    with pytest.raises(FormatError, match="in vector 3 of the 1000000|at most 2"):
        read(tmp_path, b"1000000 2\n" + ROWS + b"rubbish", limit=3)


def test_a_word_that_comes_again_is_dropped_with_a_warning_as_in_gensim(tmp_path):
    data = b"3 2\na " + A + b"a " + B + b"b " + B
    with pytest.warns(UserWarning, match="dropped 1 rows .*first is 'a'"):
        assert read(tmp_path, data) == EXPECTED
    gensim_models = pytest.importorskip("gensim.models")
    theirs = gensim_models.KeyedVectors.load_word2vec_format(tmp_path / "file", binary=True)
    # gensim 4.4 keeps empty places for the rows it drops.
    assert (theirs.index_to_key[:2], theirs.vectors[:2].tolist()) == EXPECTED


def test_encodings_and_error_policies(tmp_path):
    data = b"2 2\nb\xe4r " + A + b"caf\xe9 " + B
    assert read(tmp_path, data, encoding="latin-1")[0] == ["bär", "café"]
    broken = data[: -len(np.float32(0).tobytes())] + np.float32(np.nan).tobytes()
    with pytest.raises(FormatError, match="'café' holds nan"):
        read(tmp_path, broken, encoding="latin-1")
    assert read(tmp_path, data, encoding="cp1252")[0] == ["bär", "café"]
    assert read(tmp_path, data, errors="replace")[0] == ["b\ufffdr", "caf\ufffd"]
    assert read(tmp_path, data, errors="ignore")[0] == ["br", "caf"]
