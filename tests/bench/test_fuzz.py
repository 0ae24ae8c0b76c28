"""Broken files: every reader gives what a slow twin reads, or one `FormatError`; never another error, a hang or much
memory. `python -m bench.fuzz` goes on for longer."""

import gzip
import json
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import python

from bench.fuzz import mutated
from bench.readers import READ, REFUSED, judge, readers
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import FormatError
from w2v.evaluation.questions import read_questions, read_similarity
from w2v.formats.vector_files import VectorTable, read_counts, read_vectors, write_vectors

READERS = readers()
FEW = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("name", READERS)
def test_the_seeds_are_read(tmp_path, name):
    outcomes = [judge(READERS[name], tmp_path / "f", data, trace=True) for data in READERS[name].seeds]
    assert outcomes.count(READ) >= 1 and set(outcomes) <= {READ, REFUSED}


@pytest.mark.parametrize("name", READERS)
@FEW
@given(seeds=st.lists(st.integers(0, 2**32), min_size=8, max_size=8))
def test_changed_files(tmp_path, name, seeds):
    for seed in seeds:
        choose = random.Random(seed)
        data = mutated(choose.choice(READERS[name].seeds), READERS[name].seeds, choose)
        assert judge(READERS[name], tmp_path / "f", data) in (READ, REFUSED), data


@pytest.mark.parametrize("name", READERS)
def test_cut_at_every_byte_and_each_byte_changed(tmp_path, name):
    data = READERS[name].seeds[0]
    for place in range(len(data)):
        assert judge(READERS[name], tmp_path / "f", data[:place]) in (READ, REFUSED), place
    for place in range(0, len(data), 1 + len(data) // 80):
        for byte in (b"", b"\0", b"\xff", b"\n", b"9", bytes([data[place] ^ 1])):
            broken = data[:place] + byte + data[place + 1 :]
            assert judge(READERS[name], tmp_path / "f", broken) in (READ, REFUSED), broken


# ---- what files are made to do


HUGE = b"1000000000000"
ROWS = b"a 1 2\nb 3 4\n"
TEXT_CASES = {
    "many words": (HUGE + b" 2\n" + ROWS, "line 1"),
    "many columns": (b"2 " + HUGE + b"\n" + ROWS, "line [12]"),
    "many digits": (b"2 " + b"9" * 5000 + b"\n" + ROWS, "line 1"),
    "negative words": (b"-2 2\n" + ROWS, "line 1"),
    "negative columns": (b"2 -2\n" + ROWS, "line 1"),
    "no columns": (b"2 0\n" + ROWS, "line 1"),
    "no line end and a number missing": (b"2 2\na 1 2\nb 3.0", "line 3"),
    "nothing but a header without its end": (b"2 2", "line 1"),
    "wrong dimension": (b"2 2\na 1 2\nb 3 4 5\n", "line 3"),
    "short row": (b"2 2\na 1 2\nb 3.0\n", "line 3"),
    "nan": (b"2 2\na 1 2\nb nan 4\n", "line 3"),
    "infinity": (b"2 2\na 1 2\nb 3 -inf\n", "line 3"),
    "too large for float32": (b"2 2\na 1 2\nb 3 1e39\n", "line 3"),
    "invalid UTF-8": (b"2 2\na 1 2\n\xff\xfe 3 4\n", "line 3"),
    "UTF-16": ("2 2\na 1 2\n".encode("utf-16"), "line 1"),
    "a row too many": (b"1 2\n" + ROWS, "line 3"),
}


@pytest.mark.parametrize("case", TEXT_CASES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_text_is_refused_by_line(tmp_path, case, packed):
    data, line = TEXT_CASES[case]
    (tmp_path / "v.txt").write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(FormatError, match=line):
        read_vectors(tmp_path / "v.txt", "word2vec-text")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf2 2\n" + ROWS, ["a", "b"]),
        (b"2 2\r\na 1 2\r\nb 3 4\r\n", ["a", "b"]),
        (b"2 2\na\0x 1 2\nb 3 4\n", ["a\0x", "b"]),
        (b"2 2\n\n\na 1 2\n\nb 3 4\n\n", ["a", "b"]),
        (b"2 2\n\xe2\x80\xa8 1 2\nb 3 4\n", ["\u2028", "b"]),
    ],
)
def test_odd_text_is_read(tmp_path, data, words):
    (tmp_path / "v.txt").write_bytes(data)
    table = read_vectors(tmp_path / "v.txt", "word2vec-text")
    assert list(table.keys) == words and table.vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("format", ["word2vec-text", "word2vec-binary"])
def test_of_a_word_that_occurs_twice_the_first_counts(tmp_path, format):
    vector = np.array([[1, 2], [3, 4]], "<f4")
    rows = ROWS.replace(b"b", b"a") if "text" in format else b"".join(b"a " + row.tobytes() for row in vector)
    (tmp_path / "v").write_bytes(b"2 2\n" + rows)
    with pytest.warns(UserWarning, match="dropped 1 row"):
        table = read_vectors(tmp_path / "v", format)
    assert list(table.keys) == ["a"] and table.vectors.tolist() == [[1, 2]]


def test_a_long_word_of_a_binary_file_takes_no_quadratic_time(tmp_path):
    """Found by the fuzzer: each byte of what is no row was the start of another search."""
    reader = READERS["word2vec-binary"]
    assert judge(reader, tmp_path / "f", b"5 10\n" + b"a" * 300_000) == REFUSED
    assert judge(reader, tmp_path / "f", b"2 10\na " + b"\0" * 40 + b"\n" + b"b" * 300_000 + b" " + bytes(40)) == READ


def test_a_word_without_end_is_refused_by_its_byte(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v.formats.binary._MAX_WORD_BYTES", 1 << 20)
    (tmp_path / "f").write_bytes(gzip.compress(b"2 1\na \0\0\0\0" + b"b" * (5 << 20)))
    with pytest.raises(FormatError, match="the word at byte 10 is over"):
        read_vectors(tmp_path / "f", "word2vec-binary")


def test_many_digits_before_a_letter_take_no_quadratic_time(tmp_path):
    """Found by the fuzzer: a regular expression went back over the digits from each of them."""
    assert judge(READERS["vec"], tmp_path / "f", b"1 1\n" + b"4" * 65_000 + b"x ") == REFUSED
    assert judge(READERS["vec"], tmp_path / "f", b"a " + b"4" * 65_000 + b"x 1\n") == REFUSED


def test_counts_that_no_integer_holds(tmp_path):
    """Found by the fuzzer: each fits into 64 bits, their sum does not."""
    (tmp_path / "f").write_bytes(b"a 9223372036854775807\nb 1\n")
    with pytest.raises(FormatError, match="add up"):
        Vocabulary.load(tmp_path / "f")


@pytest.mark.parametrize(
    ("read", "data", "place"),
    [
        (read_questions, b"a b c d\n" * (9 << 20), "byte"),
        (read_similarity, b"a b 1\n" * (12 << 20), "byte"),
        (read_counts, b"a" * (40 << 20), "line 1"),
        (lambda path: read_vectors(path, "glove"), b"a " * (20 << 20), "line 1"),
    ],
    ids=["questions", "similarity", "counts", "glove"],
)
def test_little_that_unpacks_to_much_is_refused(tmp_path, read, data, place):
    (tmp_path / "f").write_bytes(gzip.compress(data, 1))
    with pytest.raises(FormatError, match=place):
        read(tmp_path / "f")


def _with_header(data, change):
    """A native file whose header was changed, with its length put right."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    change(header)
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + data[8 + length :]


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["input_vectors"].update(shape=[10**12, 2]),
        lambda header: header["input_vectors"].update(shape=[-3, -2]),
        lambda header: header["input_vectors"].update(shape=[3, 2**62], data_offsets=[0, 3 * 2**64]),
        lambda header: header["input_vectors"].update(data_offsets=[24, 0]),
        lambda header: header["words"].update(dtype="F32"),
        lambda header: header.pop("words"),
        lambda header: header["__metadata__"].update(metadata="[" * 100_000),
        lambda header: header["__metadata__"].update(format_version="9" * 5000),
        lambda header: header["__metadata__"].update(format=None),
    ],
)
def test_native_headers_that_lie(tmp_path, change):
    data = _with_header(READERS["native"].seeds[0], change)
    assert judge(READERS["native"], tmp_path / "f", data, trace=True) == REFUSED


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("corpus", {"n_read": float("inf")}),
        ("epochs", [["a", "b", "c", "d"]]),
        ("epochs", [[1]]),
        ("epochs", [[None] * 4]),
        ("epochs", {"a": 1}),
        ("alphas", [[None, None]]),
        ("alphas", [[1]]),
        ("config", []),
        ("text", {"encoding": "a\0b"}),
        ("run", {"schedule": [1] * 5, "n_chunks": 0, "in_hand": [None] * 4, "job": {}}),
        ("run", {"schedule": [1, 1, 1, 1, 0], "n_chunks": float("inf"), "in_hand": [0] * 4, "job": {}}),
    ],
)
def test_metadata_that_lie(tmp_path, part, value):
    """Most of them found by the fuzzer, once it was given files without checksums."""

    def change(header):
        metadata = json.loads(header["__metadata__"]["metadata"])
        header["__metadata__"]["metadata"] = json.dumps({**metadata, part: value}).replace("Infinity", "1e999")

    name = "checkpoint" if part == "run" else "model"
    data = _with_header(READERS[name].seeds[0], change)
    assert judge(READERS[name], tmp_path / "f.w2v", data) == REFUSED


def test_counts_below_zero(tmp_path):
    data = READERS["model"].seeds[0]
    start = 8 + int.from_bytes(data[:8], "little")
    assert judge(READERS["model"], tmp_path / "f.w2v", data[: start + 7] + b"\x80" + data[start + 8 :]) == REFUSED


def test_no_lie_takes_memory_that_the_system_would_miss(tmp_path):
    """All cases again in a process that may not take 200 MB more than it has."""
    cases = [data for data, _ in TEXT_CASES.values()]
    cases += [_with_header(READERS["native"].seeds[0], lambda h: h["input_vectors"].update(shape=[10**12, 10**6]))]
    for number, data in enumerate([case for case in cases for _ in (1, 2)]):
        (tmp_path / f"{number}").write_bytes(gzip.compress(data) if number % 2 else data)
    code = """if True:
        import resource, sys
        from pathlib import Path
        from w2v.errors import FormatError
        from w2v.formats.table import FORMATS
        from w2v.formats.vector_files import read_vectors
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 200_000_000,) * 2)
        for path in Path(sys.argv[1]).iterdir():
            for format in FORMATS:
                try:
                    read_vectors(path, format.name)
                except FormatError:
                    print("refused")
    """
    assert python(code, tmp_path).stdout.count("refused") >= 4 * len(cases)


def test_what_is_written_over_a_broken_file_is_whole(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"1 1\na")
    write_vectors(tmp_path / "v.txt", VectorTable(["a"], np.ones((1, 1), np.float32)))
    assert read_vectors(tmp_path / "v.txt").vectors.tolist() == [[1]]
