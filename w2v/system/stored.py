"""What a file may say: plain values that were read from its JSON, each checked for what it may be.

Anything else raises `ValueError` (or `TypeError`), which the reader of the file turns into its sentence.
"""

import math
from collections.abc import Sequence
from typing import Any

# What code that takes data apart raises where they are not as it thinks.
MALFORMED = (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError)
_LARGEST = 1e300  # what is above is no loss, no time and no count; infinity and numbers that no float holds included
MOST = 2**53  # of anything that is counted: what is below is a float, too


def number(value: Any, least: float = 0.0, most: float = math.inf) -> float:
    """A finite number within bounds."""
    if type(value) not in (int, float) or abs(value) > _LARGEST or not least <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} where a number belongs")
    return float(value)


def whole(value: Any, least: int = 0, most: int = MOST) -> int:
    """A whole number within bounds."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} where a whole number from {least} to {most} belongs")
    return value


def values(found: Any, what: str, *lengths: int) -> Sequence[Any]:
    """A list, of one of these lengths if any are named."""
    if not isinstance(found, list) or (lengths and len(found) not in lengths):
        raise ValueError(f"{what} of another length or kind")
    return found


def names(found: Any, what: str) -> dict[str, Any]:
    """Values with names."""
    if not isinstance(found, dict):
        raise TypeError(f"{what} has no names")
    return found
