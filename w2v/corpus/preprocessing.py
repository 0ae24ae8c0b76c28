"""gensim's simple way from a text to tokens: runs of letters, without digits and punctuation."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from w2v.system.files import PathLike, atomic_writer

RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, 1, 2  # what a `trim_rule` says of a word
_LETTERS = re.compile(r"((?!\d)\w)+")


def to_unicode(text: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """The text as str. Raises `UnicodeDecodeError`."""
    return text if isinstance(text, str) else bytes(text).decode(encoding, errors)


any2unicode = to_unicode


def any2utf8(text: str | bytes, errors: str = "strict", encoding: str = "utf8") -> bytes:
    """The text as bytes of UTF-8; bytes are read as `encoding` first. Raises `UnicodeError`."""
    return to_unicode(text, encoding, errors).encode("utf-8")


to_utf8 = any2utf8


def deaccent(text: str | bytes) -> str:
    """Letters without their accents."""
    parts = unicodedata.normalize("NFD", to_unicode(text))
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if unicodedata.category(sign) != "Mn"))


def tokenize(
    text: str | bytes,
    lowercase: bool = False,
    deacc: bool = False,
    encoding: str = "utf8",
    errors: str = "strict",
    to_lower: bool = False,
    lower: bool = False,
) -> Iterator[str]:
    """The runs of letters (and underscores) of a text, one after the other; lowercase, to_lower and lower mean the
    same."""
    text = to_unicode(text, encoding, errors)
    if lowercase or to_lower or lower:
        text = text.lower()
    if deacc:
        text = deaccent(text)
    return (found.group() for found in _LETTERS.finditer(text))


def simple_preprocess(doc: str | bytes, deacc: bool = False, min_len: int = 2, max_len: int = 15) -> list[str]:
    """The tokens of a text in lower case, but those shorter or longer than this and those that begin with _."""
    tokens = tokenize(doc, lower=True, deacc=deacc, errors="ignore")
    return [token for token in tokens if min_len <= len(token) <= max_len and not token.startswith("_")]


def save_as_line_sentence(corpus: Iterable[Iterable[str]], filename: PathLike) -> None:
    """Write sentences, each on a line, tokens with a blank between them, whole or not at all. Raises `W2VError`."""
    with atomic_writer(filename) as file:
        file.writelines((" ".join(sentence) + "\n").encode("utf-8") for sentence in corpus)
