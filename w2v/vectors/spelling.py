"""What to say about a key that is not in the vocabulary."""

import difflib
import itertools
from collections.abc import Container, Sequence
from typing import Any

SUGGESTION_SCAN = 50_000  # keys looked at for near spellings: the most frequent ones


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
        return f"{self.key!r} is not in the vocabulary of {len(self.keys)} words; {advice}"

    def __repr__(self) -> str:
        return repr(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)  # an error that travels between processes must not carry the vocabulary


def near_spellings(word: str, keys: Sequence[Any], known: Container[Any], n: int = 3) -> list[str]:
    """Up to `n` keys that look like `word`: other cases first, then the closest of the first 50,000 keys.

    Only keys of about its length that share its first or last letter are compared, which bounds the time.
    """
    cased = [spelling for spelling in (word.lower(), word.capitalize(), word.upper()) if spelling in known]
    if not word:
        return []
    first, last = word[0].casefold(), word[-1].casefold()
    similar = (
        key
        for key in itertools.islice(keys, SUGGESTION_SCAN)
        if isinstance(key, str)
        and key
        and abs(len(key) - len(word)) <= 2
        and (key[0].casefold() == first or key[-1].casefold() == last)
    )
    close = difflib.get_close_matches(word, similar, n=n, cutoff=0.7)
    return list(dict.fromkeys(cased + close))[:n]
