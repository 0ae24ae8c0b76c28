"""Lists of words, as tests of association have them, and the vectors of their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError, FormatError
from w2v.evaluation.answering import Coverage
from w2v.evaluation.questions import meaningful_lines
from w2v.system.files import PathLike

MAX_MISSING = 0.2  # the share of a list that may be unknown


@dataclass(frozen=True)
class WordList:
    """Words under a name, as a file has them."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class ListVectors:
    """The words of a list that have vectors, and these, of unit length and as they are: float64 (n, d)."""

    name: str
    words: tuple[str, ...]
    unit: NDArray[np.float64]
    raw: NDArray[np.float64]
    coverage: Coverage
    missing: tuple[str, ...]

    def __str__(self) -> str:
        missing = f": {', '.join(self.missing)}" if self.missing else ""
        return f"{self.name}: {self.coverage}{missing}"


def read_word_lists(path: PathLike) -> list[WordList]:
    """Read lines of a name and words, `flowers: aster, clover, hyacinth`; commas or white space part the words.

    Raises `FormatError`, naming the line, for one without a name or words, or with a name or word that comes again, and
    for other than three or four lists.
    """
    found: list[WordList] = []
    for number, line in meaningful_lines(path, "utf-8"):
        name, colon, rest = (part.strip() for part in line.partition(":"))
        words = tuple(word.strip() for word in (rest.split(",") if "," in rest else rest.split()) if word.strip())
        if not colon or not name or not words:
            raise FormatError(
                f"{path}, line {number}: expected a name, a colon and words, got {line[:60]!r}; correct it"
            )
        again = next((word for word in words if words.count(word) > 1), None)
        if again or name in [some.name for some in found]:
            raise FormatError(f"{path}, line {number}: {again or name!r} comes twice; keep one")
        found.append(WordList(name, words))
    if len(found) not in (3, 4):
        raise FormatError(
            f"{path}: {len(found)} list{'s' * (len(found) != 1)} of words; a test has two of targets and two of "
            "attributes (WEAT), or one of words and two of attributes (SC-WEAT)"
        )
    for side in (found[:-2], found[-2:]):
        common = set(side[0].words) & set(side[-1].words) if len(side) > 1 else set()
        if common:
            raise FormatError(
                f"{path}: {sorted(common)[0]!r} stands in {side[0].name!r} and in {side[-1].name!r}; keep it in one"
            )
    return found


def list_vectors(
    model: Any, words: WordList, max_missing: float = MAX_MISSING, as_written: bool = False
) -> ListVectors:
    """The vectors of a list. model: `KeyedVectors`; a word is looked up as it is written, else as training would have
    had it (unless `as_written`), and one that is composed counts so.

    Raises `ConfigError` where more than `max_missing` of the words are unknown.
    """
    if not 0 <= max_missing < 1:
        raise ConfigError(f"the share of words that may be missing is {max_missing:g}; take one from 0 to below 1")
    rows, known, missing, n_composed = list[Any](), list[str](), list[str](), 0
    for word in words.words:
        tokens: Sequence[Any] = [word] if as_written else model.as_trained(word)
        if len(tokens) != 1 or tokens[0] not in model:
            missing.append(word)
            continue
        known.append(word)
        rows.append(model.get_vector(tokens[0]))
        n_composed += tokens[0] not in model.key_to_index
    n = len(words.words)
    if len(missing) > max_missing * n:
        raise ConfigError(
            f"{len(missing)} of the {n} words of {words.name} are not in the vocabulary, more than "
            f"{100 * max_missing:g} %: {', '.join(missing[:8])}{' ...' * (len(missing) > 8)}; take words that the text "
            "has, or allow more to be missing"
        )
    raw = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
    norms = np.linalg.norm(raw, axis=1, keepdims=True)
    coverage = Coverage(n, len(known) - n_composed, n_composed, len(missing))
    return ListVectors(words.name, tuple(known), raw / np.where(norms > 0, norms, 1), raw, coverage, tuple(missing))
