import gzip
import warnings

import numpy as np
import pytest
from support import assert_untrue_headers_take_no_memory

from w2v.errors import CutOffError, FormatError
from w2v.formats.format import Reading
from w2v.formats.text import read_text

ROWS = b"a 1 2\nb 3 4\n"
EXPECTED = (["a", "b"], [[1, 2], [3, 4]])


def read(tmp_path, text, header=True, **options):
    (tmp_path / "file").write_bytes(text)
    words, vectors = read_text(tmp_path / "file", Reading(**options), header)[:2]
    return words, vectors.tolist()


SAME = {
    "plain": b"2 2\n" + ROWS,
    "space at the line's end, as word2vec.c writes": b"2 2\na 1 2 \nb 3 4 \n",
    "CRLF": b"2 2\r\na 1 2\r\nb 3 4\r\n",
    "byte order mark": b"\xef\xbb\xbf2 2\n" + ROWS,
    "tabs": b"2\t2\na\t1\t2\nb\t3\t4\n",
    "runs of spaces": b"2 2\na  1   2\n b 3 4\n",
    "blank lines": b"2 2\n\na 1 2\n\n  \nb 3 4\n\n\n",
    "blanks at the end": b"2 2\na 1 2\nb 3 4\n  ",
    "other spellings": b"2 2\na +1.0 2e0\nb 30E-1 .4e1\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_ways_to_write_the_same_rows(tmp_path, text):
    assert read(tmp_path, text) == EXPECTED
    assert read(tmp_path, gzip.compress(text)) == EXPECTED
    headless = text.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[2]
    assert read(tmp_path, headless, header=False) == EXPECTED
    assert read(tmp_path, b"\xef\xbb\xbf" + headless, header=False) == EXPECTED


BAD = {
    "empty": (b"", "is empty"),
    "no header": (b"a 1 2\n", "line 1 is 'a 1 2.*no_header=True"),
    "cut header": (b"2 2", "line 1 is '2 2'"),
    "three numbers in the header": (b"2 2 2\n" + ROWS, "line 1 is"),
    "no columns": (b"2 0\n" + ROWS, "line 1 announces vectors of 0 numbers"),
    "more than the file can hold": (
        b"1000000000000 300\n" + ROWS,
        "announces 1000000000000 vectors of 300 .* at most 0",
    ),
    "wide": (b"1 1000000000000\n" + ROWS, "at most 0"),
    "endless numbers": (b"9" * 90 + b" 2\n" + ROWS, "more than 15 digits"),
    "row missing": (b"3 2\na 1.00000 2.000000\nb 3 4\n", "announces 3 vectors and 2 follow"),
    "row too many": (b"1 2\n" + ROWS, "line 3 comes after the 1 vectors.*limit=1"),
    "row too many after blank lines": (b"1 2\na 1 2\n\n\nb 3 4\n", "line 5 comes after"),
    "number missing": (b"2 2\na 1 2\nb 3.00\n", "line 3 has 1 numbers after its word where 2"),
    "number too many": (b"2 2\na 1 2\nb 3 4 5\n", "line 3 has 3 numbers after its word where 2"),
    "one missing, one too many": (b"2 2\na 1\nb 3 4 5\n", "line 2 has 1 numbers"),
    "hidden by a run of spaces": (b"2 2\na 1 \t2 3\nb  3\n", "line 2 has 3 numbers"),
    "no number": (b"2 2\na 1 2\nb 3 x\n", "line 3 holds 'x'"),
    "comma": (b"2 2\na 1 2\nb 3,5 4\n", "line 3 holds '3,5'"),
    "underscore": (b"2 2\na 1 2\nb 3_0 4\n", "line 3 holds '3_0'"),
    "hexadecimal": (b"2 2\na 1 2\nb 0x3 4\n", "line 3 holds '0x3'"),
    "NUL": (b"2 2\na 1 2\nb 3\x004 4\n", "line 3 holds"),
    "nan": (b"2 2\na 1 2\nb nan 4\n", "line 3: the vector of 'b' holds nan"),
    "infinity": (b"2 2\na -inf 2\nb 3 4\n", "line 2: the vector of 'a' holds nan, inf"),
    "too large for float32": (b"2 2\na 1 2\nb 3 1e39\n", "line 3: the vector of 'b'"),
    "no word": (b"2 2\na 1 2\n  3.0 4\n", "line 3 has 1 numbers"),
    "not UTF-8": (b"2 2\na 1 2\n\xff\xfe 3 4\n", "line 3: the word .* is not valid utf-8"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named(tmp_path, name):
    text, sentence = BAD[name]
    with pytest.raises(FormatError, match=f"file.*{sentence}"):
        read(tmp_path, text)


def test_without_a_header_the_first_line_sets_the_length(tmp_path):
    for text, sentence in (
        (b"a 1\nb 1 2\n", "line 2 has 2"),
        (b"\n\na\n", "line 3 holds no word"),
        (b" \n", "is empty"),
    ):
        with pytest.raises(FormatError, match=sentence):
            read(tmp_path, text, header=False)


def test_lines_are_counted_across_blocks(tmp_path):
    row = b"w%d " + b" ".join([b"0.123456"] * 200) + b"\n"
    lines = [row % number for number in range(10_000)]  # about 18 MB
    lines[8_000] = b"w 1 2\n"
    with pytest.raises(FormatError, match="line 8002 has 2 numbers"):
        read(tmp_path, b"10000 200\n" + b"".join(lines))


def test_a_file_cut_at_any_byte_is_refused(tmp_path):
    whole = b"2 2\nword -1.25 2.5e-7\nb 3 44.75\n"
    for length in range(whole.index(b"44") + 1):
        with pytest.raises(FormatError, match="file"):
            read(tmp_path, whole[:length])
    for length in range(whole.index(b"44") + 1, len(whole)):  # the last number may be whole, and is read with a warning
        with pytest.warns(UserWarning, match="line 3, the last one, has no line end; if the file was cut off"):
            assert read(tmp_path, whole[:length])[0] == ["word", "b"]
    assert read(tmp_path, whole)[0] == ["word", "b"]


def test_more_rows_than_announced_may_be_left_out(tmp_path):
    (tmp_path / "file").write_bytes(b"1 2\n" + ROWS * 3)
    with pytest.warns(UserWarning, match="line 3 comes after the 1 vectors .*; what follows is left out"):
        found = read_text(tmp_path / "file", Reading(surplus=True))
    assert (found.keys, found.vectors.tolist()) == (["a"], [[1, 2]])
    (tmp_path / "file").write_bytes(b"0 2\n" + ROWS)
    with pytest.warns(UserWarning, match="line 2 comes after the 0 vectors"):
        assert read_text(tmp_path / "file", Reading(surplus=True)).vectors.shape == (0, 2)


@pytest.mark.parametrize("header", [b"5 2\n", b""])
def test_a_word_is_what_stands_before_the_numbers(tmp_path, header):
    words = ["a\tb", "\r", "c\rd", "\v\f", ""]
    text = header + b"".join(f"{word} 1 {place}\n".encode() for place, word in enumerate(words))
    assert read(tmp_path, text, bool(header))[0] == words


def test_tiny_files(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert read(tmp_path, b"2 1\na 1\nb 2") == (["a", "b"], [[1], [2]])
        assert read(tmp_path, b"1 1\n 1") == ([""], [[1]])
    with pytest.raises(CutOffError, match="14 bytes hold at most 2;"):
        read(tmp_path, b"3 2\n" + b" 1 2\n" * 2)


def test_a_glove_file_cut_at_any_byte_gives_whole_rows_or_an_error(tmp_path):
    whole = b"word -1.25 2.5e-7\nb 3 44.75\n"
    for length in range(len(whole)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                words, _ = read(tmp_path, whole[:length], header=False)
            except FormatError:
                continue
        assert words == ["word", "b"][: len(words)]
        assert bool(caught) == (length != whole.index(b"\n") + 1)


def test_an_untrue_header_takes_no_memory(tmp_path):
    assert_untrue_headers_take_no_memory(lambda data: read(tmp_path, data), ROWS)


def test_limit_stops_before_what_is_wrong_later(tmp_path):
    assert read(tmp_path, b"9 2\n" + ROWS + b"rubbish\n", limit=2) == EXPECTED
    assert read(tmp_path, ROWS + b"rubbish", header=False, limit=2) == EXPECTED
    assert read(tmp_path, b"2 2\n" + ROWS + b"c 5 6\n", limit=2) == EXPECTED
    with pytest.raises(FormatError, match="line 4 comes after"):
        read(tmp_path, b"2 2\n" + ROWS + b"c 5 6\n", limit=3)


def test_words_with_spaces_of_the_large_glove_file(tmp_path):
    words, vectors = read(tmp_path, b"the 1 2\n. . . 3 4\nat a@b.c 5 6\n", header=False)
    assert words == ["the", ". . .", "at a@b.c"] and vectors == [[1, 2], [3, 4], [5, 6]]


def test_a_word_that_comes_again_is_dropped_with_a_warning_as_in_gensim(tmp_path):
    text = b"5 1\na 1\nb 2\na 3\nc 4\nb 5\n"
    with pytest.warns(UserWarning, match="dropped 2 rows .*first is 'a'"):
        assert read(tmp_path, text) == (["a", "b", "c"], [[1], [2], [4]])
    gensim_models = pytest.importorskip("gensim.models")
    theirs = gensim_models.KeyedVectors.load_word2vec_format(tmp_path / "file")
    # gensim 4.4 keeps empty places for the rows it drops.
    assert (theirs.index_to_key[:3], theirs.vectors[:3].tolist()) == (["a", "b", "c"], [[1], [2], [4]])


def test_a_bad_row_after_dropped_ones_is_named_by_its_line(tmp_path):
    with pytest.raises(FormatError, match="line 5: the vector of 'c'"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read(tmp_path, b"4 1\na 1\na 2\na 3\nc nan\n")


def test_encodings_and_error_policies(tmp_path):
    text = b"2 1\nb\xe4r 1\ncaf\xe9 2\n"
    assert read(tmp_path, text, encoding="latin-1")[0] == ["bär", "café"]
    assert read(tmp_path, text, encoding="cp1252")[0] == ["bär", "café"]
    assert read(tmp_path, text, errors="replace")[0] == ["b\ufffdr", "caf\ufffd"]
    assert read(tmp_path, text, errors="ignore")[0] == ["br", "caf"]


@pytest.mark.parametrize("datatype", [np.float16, np.float64])
def test_other_number_types(tmp_path, datatype):
    (tmp_path / "file").write_bytes(b"1 2\na 0.1 1e-3\n")
    vectors = read_text(tmp_path / "file", Reading(datatype=datatype)).vectors
    assert vectors.tolist() == np.array([[0.1, 1e-3]]).astype(datatype).tolist() and vectors.dtype == datatype
