"""A string → its tokens, in plain Python: what every reader of text does to words, and how new things are numbered."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from w2v.config import TextConfig

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def normaliser(text: TextConfig) -> Callable[[str], str]:
    """What `lower` and `nfc` do to a string."""
    if text.nfc and text.lower:
        return lambda word: unicodedata.normalize("NFC", word.lower())
    if text.nfc:
        return lambda word: unicodedata.normalize("NFC", word)
    return str.lower if text.lower else str


def splitter(text: TextConfig) -> Callable[[str], list[str]]:
    """How a normalised string is cut into tokens: at Unicode white space, or into words."""
    return _WORD.findall if text.tokenize else str.split


def numbering() -> defaultdict[Any, int]:
    """An empty dictionary that numbers new keys from 0, in order of first look-up."""
    numbers: defaultdict[Any, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    return numbers
