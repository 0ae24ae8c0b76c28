"""The compiled scanner against dictionaries and `bytes.split`."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import python

from w2v.compiled.bits import GROUP
from w2v.corpus import scan, wordtable
from w2v.corpus.scan import PIECE
from w2v.corpus.stream import BREAK


def words_of(table):
    rows = table.entries[: table.sizes[0]].tolist()
    arena = table.arena.tobytes()
    return [arena[row[wordtable.START] : row[wordtable.START] + row[wordtable.LENGTH]] for row in rows]


def counts_of(table):
    return wordtable.word_counts(table).tolist()


def first_of(table):
    return table.entries[: table.sizes[0], wordtable.FIRST].tolist()


def twin(data):
    """Ids in order of first appearance, one BREAK per run of newlines; words, counts, first offsets."""
    ids, words, counts, first, position = [], {}, Counter(), {}, 0
    for line_number, line in enumerate(data.split(b"\n")):
        if line_number and (not ids or ids[-1] != BREAK):
            ids.append(BREAK)
        offset = 0
        for token in line.split():
            offset = line.index(token, offset)
            first.setdefault(token, position + offset)
            offset += len(token)
            ids.append(words.setdefault(token, len(words)))
            counts[token] += 1
        position += len(line) + 1
    return ids, list(words), [counts[word] for word in words], [first[word] for word in words]


def same_as_twin(data, table):
    table, ids = scan.scan_text(data, 0, table)
    assert (ids.tolist(), words_of(table), counts_of(table), first_of(table)) == twin(data)
    return table


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*b"abc \n\t\r\v\f\x1c\x00\xc2\xa0\xff"]), max_size=80).map(bytes))
def test_scan_is_split(data):
    same_as_twin(data, wordtable.word_table(2, 1))


def test_white_space_is_what_bytes_split_takes():
    for byte in range(256):
        _, ids = scan.scan_text(b"a" + bytes([byte]) + b"b", 0, wordtable.word_table())
        n_tokens = len([i for i in ids if i != BREAK])
        assert n_tokens == len((b"a" + bytes([byte]) + b"b").split()), byte


@pytest.mark.parametrize("n_slots", [2, 4, 1 << 16])
def test_tables_grow(n_slots):
    """Far more than 32,768 words and an arena above 1 MB, from a table that starts with `n_slots` slots."""
    generator = random.Random(n_slots)
    words = [b"%x" % generator.getrandbits(generator.choice((8, 16, 64, 200))) for _ in range(120_000)]
    table = same_as_twin(b" ".join(words), wordtable.word_table(n_slots, 1))
    assert table.sizes[0] > 1 << 16 and table.sizes[1] > 1 << 20
    assert table.sizes[0] <= len(table.entries) <= len(table.slots) // 2


def test_one_token_longer_than_the_arena():
    same_as_twin(b"a " + b"x" * 5_000_000 + b" a", wordtable.word_table(2, 1))


def test_words_that_differ_in_one_byte_or_in_length_only():
    words = [b"x" * n for n in range(1, 300)] + [b"x" * 20 + bytes([b]) + b"x" * 20 for b in range(33, 256)]
    same_as_twin(b"\n".join(words + words), wordtable.word_table(4, 4))


BYTES = st.sampled_from([*b"aab\x00\x7f\x80\xa0\xc2\xff\x08\x0e\x1f\x21"])
TOKENS = st.one_of(
    st.lists(BYTES, min_size=1, max_size=40).map(bytes),
    st.integers(1, 40).map(lambda n: b"a" * n),
    st.integers(PIECE - 70, 2 * PIECE + 70).map(lambda n: b"b" * n),
)
GAPS = st.one_of(
    st.sampled_from([b" ", b"\n", b"\t", b"\r\n", b"\v", b"\f", b"\n\n", b" \n "]),
    st.lists(st.sampled_from([*b" \n\t\r\v\f"]), min_size=1, max_size=2 * GROUP).map(bytes),
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, PIECE + 70), st.lists(st.tuples(TOKENS, GAPS), max_size=20), st.booleans(), st.binary(max_size=3))
def test_any_token_at_any_place(n_before, parts, is_newline, end):
    """Tokens and gaps of every length over the borders of groups of 64 bytes and of pieces, and at the text's end."""
    before = (b"\n" if is_newline else b"x y ") * n_before
    same_as_twin(before[:n_before] + b"".join(token + gap for token, gap in parts) + end, wordtable.word_table(4, 4))


def test_every_length_at_every_offset():
    """Words of 1 to 40 bytes that end 0 to 20 bytes before the end of the text."""
    for length in range(1, 41):
        word = bytes(range(0x80, 0x80 + length))
        for n_after in range(21):
            same_as_twin(b" ".join([word, b"x", word, b"y" * n_after]), wordtable.word_table(2, 1))


def test_zero_bytes_count():
    """A slot fills a short word up with zeros, but `a` is not `a` with zeros behind it."""
    same_as_twin(
        b" ".join(b"a" * n + b"\0" * m for n in range(20) for m in range(20) if n + m) * 2, wordtable.word_table()
    )


@pytest.mark.parametrize("place", [range(8), range(8, 16), range(16, 24), range(32, 40)])
def test_words_that_differ_in_few_bits_do_not_crowd(place):
    """4,096 words that differ in 12 bits anywhere find their slots within few steps."""
    generator, words = random.Random(place.start), set()
    while len(words) < 4096:
        word = bytearray(b"x" * 40)
        for k in generator.sample(place, 2):
            word[k] = generator.randrange(33, 97)
        words.add(bytes(word[: place.stop]))
    table = same_as_twin(b" ".join(sorted(words)), wordtable.word_table(1 << 14))
    free = np.flatnonzero(table.slots.reshape(-1, 4)[:, 2] == 0)
    assert np.diff(free).max() < 200  # the longest run of slots in use


def test_a_table_goes_on_from_segment_to_segment():
    first, second = b"a b a ", b"b c\n"
    table, ids = scan.scan_text(first, 0, wordtable.word_table())
    table, other = scan.scan_text(second, len(first), table)
    assert words_of(table) == [b"a", b"b", b"c"]
    assert counts_of(table) == [2, 2, 1]
    assert first_of(table) == [0, 2, 8]
    assert ids.tolist() == [0, 1, 0] and other.tolist() == [1, 2, BREAK]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), max_size=60), min_size=1, max_size=4))
def test_merged_tables(parts):
    tables, everything, offset = [], Counter(), 0
    all_ids = []
    for part in parts:
        data = b" ".join(b"w%d" % number for number in part)
        table, ids = scan.scan_text(data, offset, wordtable.word_table(2, 1))
        tables.append(table)
        all_ids.append(ids)
        everything.update(data.split())
        offset += len(data) + 1
    whole, numbers = wordtable.merged(tables)
    words = words_of(whole)
    assert dict(zip(words, counts_of(whole), strict=True)) == everything
    text = b" ".join(b"w%d" % number for part in parts for number in part)
    for word, first in zip(words, first_of(whole), strict=True):
        if all(parts):  # an empty part adds a space of its own to the offsets
            assert (b" " + text + b" ").index(b" " + word + b" ") == first
    for part, ids, number in zip(parts, all_ids, numbers, strict=True):
        assert [words[i] for i in number[ids]] == [b"w%d" % n for n in part]
    again, ids = scan.scan_text(text, 0, whole)  # the merged table finds all its words
    assert again.sizes[0] == len(words) and [words[i] for i in ids] == text.split()


def test_holds_any():
    table, _ = scan.scan_text(b"abc xyz \xff 12", 0, wordtable.word_table())
    wanted = np.zeros(256, bool)
    wanted[[ord("c"), 0xFF]] = True
    assert wordtable.holds_any(table, wanted).tolist() == [True, False, True, False]
    assert wordtable.holds_any(wordtable.word_table(), wanted).tolist() == []


def test_joined():
    table, _ = scan.scan_text(b"abc \xff " + b"long" * 9, 0, wordtable.word_table())
    assert wordtable.joined(table, np.array([2, 0, 0])).tobytes() == b"long" * 9 + b"\nabc\nabc\n"
    assert wordtable.joined(table, np.empty(0, np.int64)).tobytes() == b""


def scan_and_save(path):
    """Everything the scanner makes of a text with all that is special in it."""
    seeds = np.array([0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15], np.uint64)
    generator, table = random.Random(3), wordtable.word_table(2, 1)._replace(seeds=seeds)
    words = ["the", "Köni", "gin", "x" * 15, "x" * 16, "x" * 17, "long" * 20, "a\0", "a", "王" * 9]
    text = " ".join(generator.choices(words, k=700)) + "\n\n" + "\t".join(words) + " " * 70 + "\nend" * 3
    table, ids = scan.scan_text(text.encode(), 5, table)
    other = wordtable.word_table(2, 1)._replace(seeds=seeds)
    whole, numbers = wordtable.merged([scan.scan_text(b"end of the", 0, other)[0], table])
    arena = whole.arena[: whole.sizes[1]]
    np.savez(path, ids, whole.slots, whole.entries[: whole.sizes[0]], arena, *numbers, wordtable.word_counts(whole))


def test_python_and_machine_code_agree(tmp_path):
    """NUMBA_DISABLE_JIT=1 gives the same ids, and the same table."""
    scan_and_save(tmp_path / "here.npz")
    code = (
        "import sys, test_scan; test_scan.scan_and_save(sys.argv[1]); print(type(test_scan.scan.scan_segment).__name__)"
    )
    process = python(code, tmp_path / "there.npz", NUMBA_DISABLE_JIT="1", PYTHONWARNINGS="error::RuntimeWarning")
    assert process.stdout.split() == ["function"] and not process.stderr
    here, there = np.load(tmp_path / "here.npz"), np.load(tmp_path / "there.npz")
    assert len(here.files) == 7
    for name in here.files:
        np.testing.assert_array_equal(here[name], there[name])


@pytest.mark.parametrize("length", [16, 24])
def test_words_that_want_the_same_slot(length):
    """Made against fixed factors of the hash, 30,000 words stood in one row, and each was compared with all before."""
    factor, golden = np.uint64(0xD6E8FEB86659FD93), np.uint64(0x9E3779B97F4A7C15)
    free = np.random.default_rng(4).integers(0, 2**64, 70_000, np.uint64, False)
    with np.errstate(over="ignore"):
        if length == 16:
            parts = [free * factor ^ np.uint64(77), free]
        else:
            hashed = (free ^ free >> np.uint64(32)) * golden
            parts = [np.full_like(free, 0x6161616161616161), free, hashed ^ np.uint64(77)]
    words = [word.tobytes() for word in np.stack(parts, 1)]
    words = [word for word in words if len(word.split()) == 1 and len(word.strip()) == length][:30_000]
    assert len(words) == 30_000
    table, ids = scan.scan_text(b" ".join(words), 0, wordtable.word_table(1 << 17))
    assert ids.tolist() == list(range(30_000))
    is_free = table.slots[wordtable.WORD :: wordtable.WIDTH] == 0
    assert np.diff(np.flatnonzero(is_free), prepend=-1, append=len(is_free)).max() < 1000
