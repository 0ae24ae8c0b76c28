"""Decimal text in blocks beside Python's own, number for number."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v.formats.decimal_reading import parse_rows
from w2v.formats.decimal_writing import spell_rows

NO_DEADLINE = settings(deadline=None)
BORDERS = [0, 1e-45, 1e-38, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.25, 1, 1.5, 3, 9, 10, 100, 1e8, 999999999, 1e9, 3.4e38]


def slow_text(words, block):
    rows = zip(words, block.tolist(), strict=True)
    return b"".join(b" ".join([word, *(b"%.9g" % number for number in row)]) + b"\n" for word, row in rows)


def names(n_rows):
    return [b"w%d" % row for row in range(n_rows)]


def assert_same_as_python(block):
    words = names(len(block))
    text = bytes(spell_rows(words, block))
    assert text == slow_text(words, block)
    found_words, found = parse_rows(text, block.shape[1])
    assert found_words == words
    expected = np.array([[float(field) for field in line.split()[1:]] for line in text.splitlines()])
    assert found.tobytes() == expected.reshape(found.shape).tobytes()  # to the bit, with the sign of zero
    assert found.astype(np.float32).tobytes() == block.tobytes()


@NO_DEADLINE
@given(bits=hnp.arrays(np.uint32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_any_float32(bits):
    numbers = bits.view(np.float32)
    assert_same_as_python(np.where(np.isfinite(numbers), numbers, np.float32(0.1)))


@NO_DEADLINE
@given(block=hnp.arrays(np.float32, (4, 3), elements=st.floats(-12, 12, width=32)))
def test_numbers_of_the_usual_size(block):
    assert_same_as_python(block)


def test_both_sides_of_every_border():
    numbers = np.array([*BORDERS, *(-x for x in BORDERS)], dtype=np.float32)
    near = np.concatenate([numbers, np.nextafter(numbers, np.float32(0)), np.nextafter(numbers, np.float32(3.4e38))])
    assert_same_as_python(near.reshape(-1, 1))
    assert_same_as_python(near.reshape(1, -1))


@pytest.mark.parametrize("scale", [1e-6, 1e-4, 0.01, 0.3, 1, 5, 100, 1e7])
@pytest.mark.parametrize("n_decimals", [0, 2, 5, 12])
def test_many_rows_of_one_size(scale, n_decimals):
    """More numbers than are handled at once; rounded ones end in zeros."""
    numbers = np.random.default_rng(0).standard_normal((300, 60)) * scale
    assert_same_as_python(numbers.round(n_decimals).astype(np.float32))


def test_a_row_longer_than_what_is_handled_at_once():
    assert_same_as_python(np.random.default_rng(0).standard_normal((3, 20_000)).astype(np.float32))


def test_columns_of_a_wider_matrix():
    wide = np.random.default_rng(0).random((40, 16), dtype=np.float32)
    assert spell_rows(names(40), wide[:, :5]) == slow_text(names(40), wide[:, :5])


DIGITS = st.text("0123456789", min_size=1, max_size=22)
FIELD = st.one_of(
    st.tuples(st.sampled_from(["", "-", "+"]), DIGITS, st.just("."), DIGITS).map("".join),
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from("0123456789"), st.just("."), DIGITS).map("".join),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(["0", "-0", "1e-05", ".5", "7.", "-.5", "inf", "1e400", "0.0", "-0.0"]),
)


@NO_DEADLINE
@given(fields=st.lists(FIELD, min_size=1, max_size=12), columns=st.integers(1, 3))
def test_any_spelling_is_read_as_python_reads_it(fields, columns):
    fields = fields[: len(fields) // columns * columns] or fields[:1] * columns
    rows = [fields[start : start + columns] for start in range(0, len(fields), columns)]
    text = "".join(" ".join([f"w.{number}-1", *row]) + "\n" for number, row in enumerate(rows))
    words, found = parse_rows(text.encode(), columns)
    assert words == [b"w.%d-1" % number for number in range(len(rows))]
    assert found.tobytes() == np.array([[float(field) for field in row] for row in rows]).tobytes()


IRREGULAR = [
    b"w 1.5\n", b"w 1.5 2.5 3.5\n", b"w  1.5 2.5\n", b" 1.5 2.5\n", b"w 1.5\t2.5\n", b"w 1.5 2.5 \n", b"w 1.5 2.5\r\n",
    b"w 1.5 2.5", b"\nw 1.5 2.5\n", b"w 1.5 x\n", b"w 1.5 1_0\n", b"w 1.5 1.2.3\n", b"w 1.5 1.2/\n", b"w 1.5 1.2:\n",
    b"w 1.5 0x1.5\n", b"w 1.5 -\n", b"w 1.5 1.\xb25\n", b"w 1.5 /.5\n", b"w 1.5 :.5\n", b"w 1.5\n2.5 w 3.5\n", b"",
    b"w 1.5 0.1234567\xb05\n", b"w 1.5 0.123456789012x\n", b"w 1.5 --1.5\n",
]  # fmt: skip


@pytest.mark.parametrize("text", IRREGULAR)
def test_what_is_not_regular_is_left_to_the_caller(text):
    good = b"good 0.5 -1.25\n"
    if text:
        assert parse_rows(text, 2) is None
        assert parse_rows(text + good, 2) is None
    assert parse_rows(good + text, 2) is None or not text
    assert parse_rows(good, 2)[1].tolist() == [[0.5, -1.25]]
