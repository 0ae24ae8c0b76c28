"""What to say about a key that is not in the vocabulary."""

import difflib
import itertools
import unicodedata
from collections.abc import Container, Sequence
from typing import Any

from w2v.system.wording import quantity

SUGGESTION_SCAN = 50_000  # keys looked at for near spellings: the most frequent ones
_MOST_APART = 2  # characters by which the lengths may differ


class UnknownWord:
    """The sentence of an `UnknownWordError`, made when somebody reads it.

    `try: kv[word] except KeyError` is an everyday loop over a corpus; searching near spellings there would
    take milliseconds for each unknown word.
    """

    def __init__(self, key: Any, keys: Sequence[Any], known: Container[Any]) -> None:
        self.key, self.keys, self.known = key, keys, known

    def __str__(self) -> str:
        if not isinstance(self.key, str):
            return f"{self.key!r} is not among the {len(self.keys)} keys; check it with `key in vectors`"
        near = near_spellings(self.key, self.keys, self.known)
        advice = f"did you mean {', '.join(near)}?" if near else "check the spelling and its case"
        return f"{self.key!r} is not in the vocabulary of {quantity(len(self.keys), 'word')}; {advice}"

    def __repr__(self) -> str:
        return repr(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)  # an error that travels between processes must not carry the vocabulary


def near_spellings(word: str, keys: Sequence[Any], known: Container[Any], n: int = 3) -> list[str]:
    """Up to `n` keys that look like `word`: the word in other cases, then the closest of the first 50,000 keys, whose
    case plays no part.

    Only keys of about its length that share its first or last letter are compared, which bounds the time.
    """
    if not word:
        return []
    cased = [spelling for spelling in (word.lower(), word.capitalize(), word.upper()) if spelling in known]
    plain = _plain(word)
    similar: dict[str, list[str]] = {}  # a spelling without case -> the keys that have it
    for key in itertools.islice(keys, SUGGESTION_SCAN):
        if isinstance(key, str) and abs(len(key) - len(plain)) <= _MOST_APART:
            bare = _plain(key)
            if bare[:1] == plain[:1] or bare[-1:] == plain[-1:]:
                similar.setdefault(bare, []).append(key)
    close = difflib.get_close_matches(plain, similar, n=n, cutoff=0.7)
    return list(dict.fromkeys(cased + [key for bare in close for key in similar[bare]]))[:n]


def _plain(word: str) -> str:
    """Without case, and in NFC: a letter is one character however it was typed."""
    return word.casefold() if word.isascii() else unicodedata.normalize("NFC", word.casefold())
