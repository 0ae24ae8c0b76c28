"""Values of a file's JSON: what is taken, and that anything else is one of two errors."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2v.system import stored

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=4
)


@given(ANYTHING, st.integers(-5, 5), st.integers(0, 9))
def test_a_number_within_bounds_or_an_error(value, least, n):
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if is_number and least <= value <= least + n:
        assert stored.number(value, least, least + n) == value
    else:
        with pytest.raises(ValueError, match="where a number belongs"):
            stored.number(value, least, least + n)
    if type(value) is int and least <= value <= least + n:
        assert stored.whole(value, least, least + n) == value
    else:
        with pytest.raises(ValueError, match=f"whole number from {least} to {least + n}"):
            stored.whole(value, least, least + n)


@pytest.mark.parametrize("value", ["1e999", "1" * 400, "-" + "9" * 400, "NaN", "1.7e308"])
def test_numbers_that_no_float_holds_are_none(value):
    with pytest.raises(ValueError, match="belongs"):
        stored.number(json.loads(value), -math.inf)


def test_lists_and_names():
    assert stored.values([1, 2], "a pair", 2, 3) == [1, 2] and stored.values([], "any") == []
    assert stored.names({"a": 1}, "it") == {"a": 1}
    for found in ([1], None, "ab", {"a": 1, "b": 2}):
        with pytest.raises(ValueError, match="a pair of another length or kind"):
            stored.values(found, "a pair", 2)
    with pytest.raises(TypeError, match="it has no names"):
        stored.names([1], "it")
