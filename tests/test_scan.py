"""The compiled scanner against dictionaries and `bytes.split`."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v import scan
from w2v.scan import BREAK


def words_of(table):
    rows = table.entries[: table.sizes[0]].tolist()
    arena = table.arena.tobytes()
    return [arena[row[scan.START] : row[scan.START] + row[scan.LENGTH]] for row in rows]


def column(table, name):
    return table.entries[: table.sizes[0], name].tolist()


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
    assert (ids.tolist(), words_of(table), column(table, scan.COUNT), column(table, scan.FIRST)) == twin(data)
    return table


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*b"abc \n\t\r\v\f\x1c\x00\xc2\xa0\xff"]), max_size=80).map(bytes))
def test_scan_is_split(data):
    same_as_twin(data, scan.word_table(2, 1))


def test_white_space_is_what_bytes_split_takes():
    for byte in range(256):
        _, ids = scan.scan_text(b"a" + bytes([byte]) + b"b", 0, scan.word_table())
        n_tokens = len([i for i in ids if i != BREAK])
        assert n_tokens == len((b"a" + bytes([byte]) + b"b").split()), byte


@pytest.mark.parametrize("n_slots", [2, 4, 1 << 16])
def test_tables_grow(n_slots):
    """Far more than 32,768 words and an arena above 1 MB, from a table that starts with `n_slots` slots."""
    generator = random.Random(n_slots)
    words = [b"%x" % generator.getrandbits(generator.choice((8, 16, 64, 200))) for _ in range(120_000)]
    table = same_as_twin(b" ".join(words), scan.word_table(n_slots, 1))
    assert table.sizes[0] > 1 << 16 and table.sizes[1] > 1 << 20
    assert table.sizes[0] <= len(table.entries) <= len(table.slots) // 2


def test_one_token_longer_than_the_arena():
    same_as_twin(b"a " + b"x" * 5_000_000 + b" a", scan.word_table(2, 1))


def test_words_that_differ_in_one_byte_or_in_length_only():
    words = [b"x" * n for n in range(1, 300)] + [b"x" * 20 + bytes([b]) + b"x" * 20 for b in range(33, 256)]
    same_as_twin(b"\n".join(words + words), scan.word_table(4, 4))


MULTIPLIER = 0x9E3779B97F4A7C15


def test_short_words_with_equal_hashes_are_equal():
    """Words of up to 8 bytes are compared by their hash alone, so the mixing step has to be one-to-one."""

    def unmixed(bits):
        bits ^= bits >> 32
        return bits * pow(MULTIPLIER, -1, 2**64) % 2**64

    generator = random.Random(8)
    for _ in range(2000):
        bits = generator.getrandbits(64)
        signed = bits - (bits >> 63 << 64)
        assert unmixed(int(scan._mixed(np.int64(signed))) % 2**64) == bits


def test_words_that_a_shift_with_sign_would_confuse():
    """`x` and `~x` mixed alike when the shift kept the sign: these are words that the multiplication takes there."""
    generator, pairs = random.Random(9), []
    while len(pairs) < 50:
        word = bytes(generator.choices(range(33, 256), k=8))
        other = ~(int.from_bytes(word, "big") * MULTIPLIER) * pow(MULTIPLIER, -1, 2**64) % 2**64
        other = other.to_bytes(8, "big")
        if len(other.split()) == 1 and len(other.split()[0]) == 8:
            pairs += [word, other]
    same_as_twin(b" ".join(pairs), scan.word_table(4, 4))


def test_blocks_continue_in_one_table_in_any_order():
    first, second = b"a b a ", b"b c\n"
    table, ids = scan.scan_text(second, len(first), scan.word_table())
    table, other = scan.scan_text(first, 0, table)
    assert words_of(table) == [b"b", b"c", b"a"]
    assert column(table, scan.COUNT) == [2, 1, 2]
    assert column(table, scan.FIRST) == [2, 8, 0]
    assert ids.tolist() == [0, 1, BREAK] and other.tolist() == [2, 0, 2]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), max_size=60), min_size=1, max_size=4))
def test_merged_tables(parts):
    tables, everything, offset = [], Counter(), 0
    all_ids = []
    for part in parts:
        data = b" ".join(b"w%d" % number for number in part)
        table, ids = scan.scan_text(data, offset, scan.word_table(2, 1))
        tables.append(table)
        all_ids.append(ids)
        everything.update(data.split())
        offset += len(data) + 1
    whole, numbers = scan.merged(tables)
    words = words_of(whole)
    assert dict(zip(words, column(whole, scan.COUNT), strict=True)) == everything
    text = b" ".join(b"w%d" % number for part in parts for number in part)
    for word, first in zip(words, column(whole, scan.FIRST), strict=True):
        if all(parts):  # an empty part adds a space of its own to the offsets
            assert (b" " + text + b" ").index(b" " + word + b" ") == first
    for part, ids, number in zip(parts, all_ids, numbers, strict=True):
        assert [words[i] for i in number[ids]] == [b"w%d" % n for n in part]
    again, ids = scan.scan_text(text, 0, whole)  # the merged table finds all its words
    assert again.sizes[0] == len(words) and [words[i] for i in ids] == text.split()


def test_holds_any():
    table, _ = scan.scan_text(b"abc xyz \xff 12", 0, scan.word_table())
    wanted = np.zeros(256, bool)
    wanted[[ord("c"), 0xFF]] = True
    assert scan.holds_any(table, wanted).tolist() == [True, False, True, False]
    assert scan.holds_any(scan.word_table(), wanted).tolist() == []


@given(
    st.lists(st.integers(-1, 5), max_size=60),
    st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=6, max_size=6),
)
@settings(max_examples=200, deadline=None)
def test_rewrite(ids, replacements):
    expected: list[int] = []
    for token in ids:
        if token != BREAK:
            expected += replacements[token]
        elif not expected or expected[-1] != BREAK:
            expected.append(BREAK)
    offsets = np.cumsum([0, *map(len, replacements)])
    flat = np.array([new for row in replacements for new in row], np.int32)
    longest = max(map(len, replacements))
    assert scan.rewrite_ids(np.array(ids, np.int32), offsets, flat, longest).tolist() == expected


def test_python_and_machine_code_agree():
    """NUMBA_DISABLE_JIT=1 gives the same ids and the same hashes."""
    data = np.frombuffer("the king\n\nthe queen and the Köni\tgin ".encode() * 3, np.uint8)
    tables = scan.word_table(64, 200), scan.word_table(64, 200)
    out = np.empty((2, len(data) + 1), np.int32)
    with np.errstate(over="ignore"):
        slow = scan.scan_block.py_func(data, 0, 5, tables[0], out[0], 0)
    assert slow == scan.scan_block(data, 0, 5, tables[1], out[1], 0)
    assert out[0, : slow[1]].tolist() == out[1, : slow[1]].tolist()
    n_words = tables[0].sizes[0]
    np.testing.assert_array_equal(tables[0].entries[:n_words], tables[1].entries[:n_words])
    np.testing.assert_array_equal(tables[0].slots, tables[1].slots)
