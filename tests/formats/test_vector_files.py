"""Round trips, agreement with gensim, sniffing and writing, over all formats.

Broken files are in the tests of each format.
"""

import gzip
import os
import re
import subprocess
import sys
import textwrap
import warnings

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from w2v.errors import ConfigError, FormatError, W2VError
from w2v.formats.table import FORMATS, format_of, sniff_format
from w2v.formats.vector_files import (
    VectorTable,
    read_counts,
    read_vectors,
    read_word2vec,
    write_counts,
    write_vectors,
    write_word2vec,
)

SHARED_PATH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
FORMAT_NAMES = [known.name for known in FORMATS]
ROW_FORMATS = FORMAT_NAMES[1:]
NAMES = ["a.w2v", "a.bin", "a.txt", "a.vec", "a.glove", "a.bin.gz", "a.txt.bz2", "a.glove.xz"]
LARGE = [*NAMES[:-1], "a.glove.gz"]  # xz takes seconds for what is large

ANY_WORD = st.text(st.characters(), max_size=8)
ROW_WORD = st.text(st.characters(codec="utf-8", exclude_characters=" \n\ufeff"), max_size=8)
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw, words, numbers=FINITE):
    keys = draw(st.lists(words, unique=True, min_size=1, max_size=6))
    n_columns = draw(st.integers(1, 4))
    return VectorTable(keys, draw(hnp.arrays(np.float32, (len(keys), n_columns), elements=numbers)))


def sample_table(n_rows=50, n_columns=7):
    rng = np.random.default_rng(3)
    keys = [f"wörd{row}" for row in range(n_rows)]
    counts = np.arange(n_rows, 0, -1)
    return VectorTable(keys, rng.normal(size=(n_rows, n_columns)).astype(np.float32), counts)


def assert_same(found, table):
    assert list(found.keys) == list(table.keys)
    assert found.vectors.dtype == np.float32 and found.vectors.shape == table.vectors.shape
    assert found.vectors.tobytes() == table.vectors.tobytes()


@pytest.mark.parametrize("format", ROW_FORMATS)
@SHARED_PATH
@given(table=tables(ROW_WORD))
def test_row_formats_give_back_what_was_written(tmp_path, format, table):
    if format == "glove" and not table.keys[0]:
        table.keys.append(table.keys.pop(0))
        assume(table.keys[0])
    assume(format != "fasttext" or all(re.fullmatch(r"[^\t\v\f\r\0]+", key) for key in table.keys))  # its own words
    write_vectors(tmp_path / "a", table, format)
    assert_same(read_vectors(tmp_path / "a", format), table)


@SHARED_PATH
@given(
    table=tables(ANY_WORD | st.text(st.characters(categories=["Cs"]), max_size=3), st.floats(width=32)),
    metadata=st.dictionaries(ANY_WORD, st.integers() | ANY_WORD | st.none() | st.lists(st.booleans()), max_size=3),
)
def test_the_native_format_gives_back_any_word_and_number(tmp_path, table, metadata):
    counts = np.arange(len(table.keys))
    output = np.ones((len(table.keys) - 1, table.vectors.shape[1]), np.float32)
    table = table._replace(counts=counts, output_vectors=output, metadata=metadata)
    write_vectors(tmp_path / "a.w2v", table)
    found = read_vectors(tmp_path / "a.w2v")
    assert_same(found, table)
    assert np.array_equal(found.counts, counts) and np.array_equal(found.output_vectors, output)
    assert found.metadata == metadata


@pytest.mark.parametrize("format", ROW_FORMATS)
@SHARED_PATH
@given(numbers=hnp.arrays(np.uint32, (5, 3)))
def test_every_float32_comes_back_to_the_bit(tmp_path, format, numbers):
    vectors = np.where(np.isfinite(numbers.view(np.float32)), numbers.view(np.float32), 1)
    table = VectorTable(list("abcde"), vectors)
    write_vectors(tmp_path / "a", table, format)
    assert_same(read_vectors(tmp_path / "a", format), table)


@pytest.mark.parametrize("name", NAMES)
def test_integer_keys_are_kept_or_become_decimal_text(tmp_path, name):
    table = VectorTable([7, 0, -3], np.ones((3, 2), np.float32))
    write_vectors(tmp_path / name, table)
    assert list(read_vectors(tmp_path / name).keys) == ([7, 0, -3] if name == "a.w2v" else ["7", "0", "-3"])


@pytest.mark.parametrize("name", LARGE)
def test_batches_join_without_a_seam(tmp_path, name):
    table = sample_table(9_000, 40)
    write_vectors(tmp_path / name, table)
    assert_same(read_vectors(tmp_path / name), table)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limit", [1, 49, 50, 51, 10**9])
def test_limit_reads_the_first_rows(tmp_path, name, limit):
    table = sample_table()
    write_vectors(tmp_path / name, table)
    found = read_vectors(tmp_path / name, limit=limit)
    assert_same(found, VectorTable(table.keys[:limit], table.vectors[:limit]))


@pytest.mark.parametrize("name", NAMES)
def test_columns_of_a_padded_matrix_are_written_as_they_are(tmp_path, name):
    padded = np.random.default_rng(0).random((60, 16), dtype=np.float32)
    table = VectorTable([str(row) for row in range(60)], padded[:, :10])
    write_vectors(tmp_path / name, table)
    assert np.array_equal(read_vectors(tmp_path / name).vectors, padded[:, :10])


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("odd", ["\u00a0", "a\u2028b", "\x1c", "\x85", "\ufeffword", "#", '"', "\0", "ﬁ", "0.5"])
def test_gensim_reads_ours(tmp_path, binary, odd):
    gensim_models = pytest.importorskip("gensim.models")
    table = sample_table()
    table = table._replace(keys=[odd, *table.keys[1:]])
    write_word2vec(tmp_path / "a", table, binary)
    theirs = gensim_models.KeyedVectors.load_word2vec_format(tmp_path / "a", binary=binary)
    assert theirs.index_to_key == table.keys
    assert np.array_equal(theirs.vectors, table.vectors)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("header", [True, False])
def test_we_read_gensims(tmp_path, binary, header):
    gensim_models = pytest.importorskip("gensim.models")
    if binary and not header:
        pytest.skip("a binary file needs its header")
    table = sample_table()
    theirs = gensim_models.KeyedVectors(7)
    theirs.add_vectors(table.keys, table.vectors)
    theirs.save_word2vec_format(tmp_path / "a", binary=binary, write_header=header)
    assert_same(read_vectors(tmp_path / "a"), table)
    assert_same(read_word2vec(tmp_path / "a", binary, no_header=not header), table)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("datatype", [np.float16, np.float32, np.float64])
def test_datatypes_agree_with_gensim(tmp_path, binary, datatype):
    gensim_models = pytest.importorskip("gensim.models")
    write_word2vec(tmp_path / "a", sample_table(), binary)
    options = {"binary": binary, "datatype": datatype, "limit": 20}
    theirs = gensim_models.KeyedVectors.load_word2vec_format(tmp_path / "a", **options)
    ours = read_word2vec(tmp_path / "a", **options)
    assert ours.vectors.dtype == datatype and np.array_equal(ours.vectors, theirs.vectors)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize(
    "options", [{}, {"prefix": "p_"}, {"write_header": False}, {"total_vec": 99}, {"append": True}]
)
def test_save_options_give_gensims_bytes(tmp_path, binary, options):
    gensim_models = pytest.importorskip("gensim.models")
    table = sample_table()
    # Quarters have few digits, so gensim's shortest decimals and our nine digits are the same text.
    table = table._replace(vectors=np.floor(table.vectors * 4) / 4 + np.float32(0.125))
    theirs = gensim_models.KeyedVectors(7)
    theirs.add_vectors(table.keys, table.vectors)
    for key, count in zip(table.keys, table.counts[::-1].tolist(), strict=True):
        theirs.set_vecattr(key, "count", count)
    for name in ("ours", "theirs", "our counts", "their counts"):
        (tmp_path / name).write_bytes(b"before\n" if options.get("append") else b"")
    theirs.save_word2vec_format(tmp_path / "theirs", tmp_path / "their counts", binary, **options)
    order = np.arange(50)[::-1]
    write_word2vec(tmp_path / "ours", table, binary, order=order, **options)
    few = {key: options[key] for key in ("prefix", "append") if key in options}
    write_counts(tmp_path / "our counts", table.keys[::-1], table.counts, **few)
    ours = (tmp_path / "ours").read_bytes()
    assert (tmp_path / "our counts").read_bytes() == (tmp_path / "their counts").read_bytes()
    expected = (tmp_path / "theirs").read_bytes()
    assert ours == (expected if binary else expected.replace(b".0 ", b" ").replace(b".0\n", b"\n"))


def test_counts_are_read_back(tmp_path):
    write_counts(tmp_path / "counts.gz", ["ä", "b", 3], np.array([2**40, 5, 0]))
    assert read_counts(tmp_path / "counts.gz") == {"ä": 2**40, "b": 5, "3": 0}
    (tmp_path / "counts").write_bytes(b"\xef\xbb\xbfa\t5\r\n\n b 6")
    assert read_counts(tmp_path / "counts") == {"a": 5, "b": 6}


@pytest.mark.parametrize("line", [b"word", b"a b 3", b"a -1", b"a 1.5", b"a " + b"9" * 30, b"\xff 3"])
def test_bad_lines_of_a_counts_file_are_named(tmp_path, line):
    (tmp_path / "counts").write_bytes(b"fine 3\n" + line + b"\n")
    with pytest.raises(FormatError, match="counts: line 2"):
        read_counts(tmp_path / "counts")


@pytest.mark.parametrize("name", NAMES)
def test_every_written_file_is_sniffed(tmp_path, name):
    for table in (sample_table(), sample_table(3, 1), sample_table(2, 5_000), sample_table(1, 20_000)):
        write_vectors(tmp_path / name, table)
        os.rename(tmp_path / name, tmp_path / "name")
        assert sniff_format(tmp_path / "name") == format_of(name)
        assert_same(read_vectors(tmp_path / "name"), table)


SNIFFED = {
    "word2vec-text": [b"2 2\na 1 2\nb 3 4\n",
                      b"\xef\xbb\xbf1 1\r\nx -.5e-3\r\n", b"0 5\n", b"1 2\na nan inf\n",
                      b" 1  2 \n\na\t1\t2\n", b"1 1\n1 1\n"],
    "glove": [b"the 0.1 0.2\n", b", 1\n", b"\xef\xbb\xbfthe 1 2\r\n", b"5 3\n7 2\n",
              b"at a@b.c 1 2\nx 1 2\n"],
    "word2vec-binary": [b"1 2\na " + np.float32([1.5, 2]).tobytes(), b"1 1\na \x00\x00\x80\x3f\n"],
}  # fmt: skip


@pytest.mark.parametrize(("format", "text"), [(name, text) for name, texts in SNIFFED.items() for text in texts])
def test_sniffing_by_hand_made_bytes(tmp_path, format, text):
    for data in (text, gzip.compress(text)):
        (tmp_path / "a").write_bytes(data)
        assert sniff_format(tmp_path / "a").name == format


FOREIGN = {
    b"": "is empty", b"\x93NUMPY\x01": "NumPy", b"\x80\x04\x95": "pickle.*save_word2vec_format",
    b"PK\x03\x04": "zip archive", b"\xba\x16\x4f\x2f\x0c": "cut off", b"\x89HDF\r\n": "HDF5",
    b"plain text of no kind\n": "no vector file.*plain text", b"\xff\xfe\x00": "no vector file",
    b"word\n": "no vector file",
}  # fmt: skip


@pytest.mark.parametrize("data", FOREIGN)
def test_files_of_other_kinds_are_named(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(FormatError, match=FOREIGN[data]):
        read_vectors(tmp_path / "a")


@SHARED_PATH
@given(data=st.binary(max_size=60) | st.text("0123456789 \n.ae-", max_size=40).map(str.encode))
def test_any_bytes_give_vectors_or_one_error(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    for format in (None, *FORMAT_NAMES):
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*had occurred before")
                found = read_vectors(tmp_path / "a", format)
            assert len(list(found.keys)) == len(found.vectors) and np.isfinite(found.vectors).all()
            write_vectors(tmp_path / "again.w2v", found)
            again = read_vectors(tmp_path / "again.w2v")
            assert list(again.keys) == list(found.keys) and np.array_equal(again.vectors, found.vectors)
        except FormatError as error:
            assert "\n" not in str(error)


def test_format_of_goes_by_suffix_or_name():
    names = {"a.w2v": "w2v", "A.BIN": "word2vec-binary", "x.y.txt": "word2vec-text", "a.vec": "word2vec-text",
             "a.glove": "glove", "a.bin.gz": "word2vec-binary", "a.vec.XZ": "word2vec-text"}  # fmt: skip
    assert {name: format_of(name).name for name in names} == names
    assert format_of("a.bin", "glove").name == "glove"
    for name, override in (("a.pkl", None), ("a", None), ("a.gz", None), ("a.bin", "pickle")):
        with pytest.raises(ConfigError, match="word2vec-binary"):
            format_of(name, override)


REFUSED_WORDS = [("a b", "whitespace"), ("a\n", "whitespace"), ("\ud800", "surrogate")]


@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize(("word", "why"), REFUSED_WORDS)
def test_a_word_the_format_cannot_hold_is_refused_and_nothing_is_left(tmp_path, name, word, why):
    (tmp_path / name).write_bytes(b"old")
    table = sample_table(3_000)
    table.keys[-1] = word
    with pytest.raises(FormatError, match=rf"(?s)cannot write .*{why}.*\.w2v"):
        write_vectors(tmp_path / name, table)
    assert os.listdir(tmp_path) == [name] and (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("name", ["a.txt", "a.bin", "a.glove"])
def test_words_may_hold_white_space_other_than_spaces_and_line_ends(tmp_path, name):
    table = sample_table(6)
    table.keys[1:] = ["a\tb", "\r", "\v", "\f", ""]
    write_vectors(tmp_path / name, table)
    assert_same(read_vectors(tmp_path / name), table)


def test_counts_files_hold_no_white_space(tmp_path):
    for word in ("", "a\tb"):
        with pytest.raises(FormatError, match="empty|whitespace"):
            write_counts(tmp_path / "vocab", [word], np.array([1]))


@pytest.mark.parametrize(("word", "why"), [("\ufeffa", "byte order mark"), ("", "is empty")])
def test_glove_refuses_a_first_word_that_reading_drops(tmp_path, word, why):
    with pytest.raises(FormatError, match=why):
        write_vectors(tmp_path / "a.glove", VectorTable([word], np.ones((1, 2), np.float32)))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_precisions_are_kept(tmp_path, dtype):
    table = sample_table()
    table = table._replace(vectors=table.vectors.astype(dtype) * dtype(1.1))
    write_vectors(tmp_path / "a.w2v", table)
    found = read_vectors(tmp_path / "a.w2v")
    assert found.vectors.dtype == dtype
    np.testing.assert_array_equal(found.vectors, table.vectors)
    write_vectors(tmp_path / "a.txt", table)
    np.testing.assert_array_equal(read_word2vec(tmp_path / "a.txt", datatype=dtype).vectors, table.vectors)


def test_numbers_over_float32_are_kept_or_refused(tmp_path):
    table = VectorTable(["a"], np.array([[1e39, -1e-320]]))
    for name in ("a.w2v", "a.txt"):
        write_vectors(tmp_path / name, table)
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.w2v").vectors, table.vectors)
    np.testing.assert_array_equal(read_word2vec(tmp_path / "a.txt", datatype=np.float64).vectors, table.vectors)
    with pytest.raises(FormatError, match="infinity"):
        write_vectors(tmp_path / "a.bin", table)


@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(tmp_path, name, number):
    table = sample_table()
    table.vectors[30, 2] = number
    with pytest.raises(FormatError, match="vector of 'wörd30' holds nan or infinity"):
        write_vectors(tmp_path / name, table)
    assert os.listdir(tmp_path) == []


def test_append_takes_back_what_it_wrote(tmp_path):
    table = sample_table(3_000)
    write_word2vec(tmp_path / "a", table, total_vec=6_000)
    before = (tmp_path / "a").read_bytes()
    table.keys[-1] = "b ad"
    with pytest.raises(FormatError):
        write_word2vec(tmp_path / "a", table, append=True, write_header=False)
    assert (tmp_path / "a").read_bytes() == before
    table.keys[-1] = "good"
    write_word2vec(tmp_path / "a", table, append=True, write_header=False, prefix="p_")
    assert read_vectors(tmp_path / "a").keys[-1] == "p_good"


ONES = np.ones((3, 2), np.float32)
MISFITS = [
    VectorTable(["a"], ONES),
    VectorTable(["a", "b", "c"], ONES[0]),
    VectorTable(["a", "b", "c"], ONES[:, :0]),
    VectorTable(["a", "b", "c"], ONES, np.arange(2)),
    VectorTable(["a", "b", "c"], ONES, None, np.ones((3, 5), np.float32)),
]


@pytest.mark.parametrize("misfit", MISFITS)
def test_parts_that_do_not_fit_together_are_refused(tmp_path, misfit):
    with pytest.raises(ConfigError, match="do not match"):
        write_vectors(tmp_path / "a.w2v", misfit)


SETTINGS = [
    ({"limit": 0}, "limit is 0; give a number of rows of at least 1"),
    ({"limit": -1}, "limit is -1; give a number of rows of at least 1"),
    ({"encoding": "klingon"}, "unknown encoding: klingon; try encoding='utf-8'"),
    ({"encoding": "utf-16"}, "vector files in utf-16 cannot be read; convert the file to UTF-8"),
    ({"errors": "hope"}, "unknown error handler name 'hope'; try"),
]


@pytest.mark.parametrize(("setting", "said"), SETTINGS)
def test_settings_that_cannot_work_are_refused(tmp_path, setting, said):
    write_vectors(tmp_path / "a.txt", sample_table())
    with pytest.raises(ConfigError, match=said):
        read_vectors(tmp_path / "a.txt", **setting)


@pytest.mark.parametrize("name", ["", "missing"])
@pytest.mark.parametrize("format", [None, *FORMAT_NAMES])
def test_a_path_that_cannot_be_read_is_refused_in_a_sentence(tmp_path, name, format):
    with pytest.raises(W2VError, match="cannot read .*check the path"):
        read_vectors(tmp_path / name, format)


FULL_DISK = """
    import resource, signal, sys
    import numpy as np
    from w2v.errors import W2VError
    from w2v.formats.vector_files import VectorTable, write_vectors
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    keys = [str(row) for row in range(5000)]
    table = VectorTable(keys, np.random.default_rng(0).random((5000, 50), np.float32))
    try:
        write_vectors(sys.argv[1], table)
    except W2VError as error:
        print(error)
        sys.exit(2)
"""


@pytest.mark.parametrize("name", LARGE)
def test_a_full_disk_keeps_the_old_file(tmp_path, name):
    (tmp_path / name).write_bytes(b"old")
    program = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path / name)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "cannot write" in done.stdout and done.stderr == ""
    assert os.listdir(tmp_path) == [name] and (tmp_path / name).read_bytes() == b"old"
