"""Rewriting of provisional ids as final ones."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v.corpus.replacements import DROPPED, SEVERAL, Replacements, rewrite_ids
from w2v.corpus.stream import BREAK


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
    single = {0: lambda row: DROPPED, 1: lambda row: row[0]}
    new_ids = np.array([single.get(len(row), lambda row: SEVERAL)(row) for row in replacements], np.int32)
    assert rewrite_ids(np.array(ids, np.int32), new_ids, offsets, flat).tolist() == expected
    if SEVERAL not in new_ids:
        found = rewrite_ids(np.array(ids, np.int32), new_ids, offsets[:0], flat[:0])
        assert found.tolist() == expected


def test_rewrite_when_nothing_has_several():
    """No room is made for more then, and no branch is there for what is dropped."""
    new_ids = np.array([5, DROPPED, 7], np.int32)
    empty = np.empty(0, np.int64), np.empty(0, np.int32)
    for ids, expected in (([0, 1, 2, BREAK], [5, 7, BREAK]), ([1, 1], []), ([], []), ([1, BREAK, 1, BREAK], [BREAK])):
        assert rewrite_ids(np.array(ids, np.int32), new_ids, *empty).tolist() == expected


def test_the_replacements_of_some_ids():
    """In the order asked for; nothing for what was dropped while counting."""
    replacements = Replacements(np.array([0, 1, 1, 3]), np.array([7, 8, 9], np.int32))  # one, none, two
    new_ids, offsets, ids = replacements.of(np.array([2, -1, 0, 1]))
    assert new_ids.tolist() == [SEVERAL, DROPPED, 7, DROPPED]
    assert (offsets.tolist(), ids.tolist()) == ([0, 2, 2, 3, 3], [8, 9, 7])
    new_ids, offsets, ids = replacements.of(np.array([1, 0]))
    assert (new_ids.tolist(), offsets.tolist(), ids.tolist()) == ([DROPPED, 7], [], [])
