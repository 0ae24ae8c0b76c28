"""Tokens as Python objects: how a string becomes its tokens, how new ones are numbered, and which may be tokens."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from w2v.config import TextConfig
from w2v.errors import TokenError

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


_AS_STR: dict[type, str] = {
    tuple: "give all str, for example '_'.join(token)",
    bytes: "give all str, for example token.decode()",
}


def plain_keys(keys: Iterable[Any]) -> list[Any]:
    """All str or all int, NumPy's own kinds of them turned into Python's. Raises `TokenError`."""
    plain = [key.item() if isinstance(key, np.integer | np.str_) else key for key in keys]
    kinds = {type(key) for key in plain}
    if kinds <= {int} or all(issubclass(kind, str) for kind in kinds):
        return plain
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    advice = next((advice for kind, advice in _AS_STR.items() if kind in kinds), "give all str or all int")
    raise TokenError(f"the tokens are of the type {names}, and a file of words has no place for these; {advice}")
