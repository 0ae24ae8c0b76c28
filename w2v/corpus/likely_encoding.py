"""Which encoding a text seems to have that is not in the one that was named."""

import codecs
import os
import re
from collections.abc import Sequence

from w2v.errors import W2VError
from w2v.system.files import decompressing_reader

_SAMPLE_BYTES = 1 << 16
_FILES = 20
_FEWEST = 10  # tokens that tell enough
_MOST_BAD = 0.01  # of the characters beyond ASCII, that may be no characters in this encoding
_ENOUGH = 0.5  # of the share that is expected

# (encoding, characters that are common in it, their usual share of those beyond ASCII)
_SIGNS = [
    ("utf-8", r"[^\ufffd]", 1.0),
    ("cp949", r"[가-힣]", 0.9),
    ("cp932", r"[ぁ-ゖァ-ヺ]", 0.5),
    ("euc_jp", r"[ぁ-ゖァ-ヺ]", 0.5),
    ("gb18030", r"[的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年]", 0.15),
    ("big5", r"[的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年]", 0.15),
    ("cp1251", r"[а-яё]", 0.9),
    ("koi8-r", r"[а-яё]", 0.9),
]
_SINGLE_BYTES = ("cp1251", "koi8-r")  # in which any bytes are letters
_LATIN = "cp1252"  # what is left where of the words with other letters most are ASCII


def likely_encoding(files: Sequence[str], named: str) -> str | None:
    """The encoding that the first bytes of files seem to have, if it is another than the one that was named; None where
    none is likely, or they cannot be read again."""
    sample = _sample(files)
    found = {encoding: _likeness(sample, encoding, signs, share) for encoding, signs, share in _SIGNS}
    found[_LATIN] = _ENOUGH * _is_latin(sample)
    best = max(found, key=lambda encoding: found[encoding])
    return None if found[best] < _ENOUGH or codecs.lookup(best) == codecs.lookup(named) else best


def _sample(files: Sequence[str]) -> bytes:
    """Whole tokens with bytes beyond ASCII, from the beginning of the files, a line each."""
    tokens: list[bytes] = []
    for file in [file for file in files if os.path.isfile(file)][:_FILES]:
        try:
            with decompressing_reader(file) as stream:
                data = stream.read(_SAMPLE_BYTES)
        except (OSError, W2VError):  # said already
            continue
        found = data.split()
        tokens += [token for token in (found[:-1] if len(data) == _SAMPLE_BYTES else found) if not token.isascii()]
    return b"\n".join(tokens) if len(tokens) >= _FEWEST else b""


def _likeness(sample: bytes, encoding: str, signs: str, share: float) -> float:
    """From 0 to 1: how much of what is beyond ASCII is what is common there."""
    beyond = [character for character in sample.decode(encoding, "replace") if character > "\x7f"]
    if not beyond or beyond.count("\ufffd") > _MOST_BAD * len(beyond):
        return 0.0
    if encoding in _SINGLE_BYTES and _is_latin(sample):
        return 0.0
    return min(len(re.findall(signs, "".join(beyond))) / len(beyond) / share, 1.0)


def _is_latin(sample: bytes) -> bool:
    """Whether most letters, of the tokens that have others, are ASCII."""
    letters = [character for character in sample.decode(_LATIN, "replace") if character.isalpha()]
    return sum(character <= "\x7f" for character in letters) > len(letters) / 2
