"""A stream of ids → how often each candidate for a phrase occurs: words with nothing but connector words between."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.stream import Tokens
from w2v.errors import CorpusError
from w2v.phrases.hashes import POWER, RIGHT, word_hashes
from w2v.phrases.parts import count_parts
from w2v.phrases.records import NO_NAMES, Names, Stream
from w2v.phrases.runs import Runs, are_connectors, runs_of

KEY_BITS = 64


class Candidates(NamedTuple):
    """What was counted, as gensim counts it: by the joined string, among words and candidates alike."""

    first: NDArray[np.int64]  # (n,) ids of words
    last: NDArray[np.int64]
    run: NDArray[np.int64]  # what stands between
    counts: NDArray[np.int64]  # of the joined string
    runs: Runs
    words: NDArray[np.int64]  # (V,) counts of words, 0 for connector words
    n_strings: int  # different words and candidates
    n_tokens: int  # with the connector words


def may_be_alike(words: Sequence[Any], delimiter: str) -> bool:
    """Whether two candidates, or a candidate and a word, may be the same string: words have parts of the delimiter."""
    text = "".join(words)
    return any(letter in text for letter in set(delimiter))


def count_candidates(
    tokens: Tokens, connectors: frozenset[str], delimiter: str, least: int, memory: int, n_threads: int
) -> Candidates:
    """Count all, keep those that occur at least `least` times. memory: bytes that the tables may take.

    Raises `CorpusError` for more runs of connector words than can be numbered.
    """
    is_connector = are_connectors(tokens.words, connectors)
    runs = runs_of(tokens.ids, is_connector)
    word_bits, run_bits = max(len(tokens.words) - 1, 1).bit_length(), (int(runs.sizes[0]) - 1).bit_length()
    if 2 * word_bits + run_bits > KEY_BITS:
        raise CorpusError(f"there are {runs.sizes[0]:,} different runs of connector words; name fewer such words")
    counts, doubtful, names = np.where(is_connector, 0, tokens.counts), None, NO_NAMES
    if may_be_alike(tokens.words, delimiter):
        has_part = np.any([[letter in word for word in tokens.words] for letter in set(delimiter)], axis=0)
        doubtful = np.flatnonzero(has_part & (counts > 0))
        words = word_hashes(tokens.words, delimiter)
        names = Names(words, _run_hashes(runs, words))
    stream = Stream(tokens.ids, is_connector.view(np.uint8), runs, word_bits, run_bits, names)
    counted = count_parts(stream, doubtful, least, memory, n_threads)
    first, run, last, both, is_marked = counted.rows.T
    n_strings, n_tokens = int(np.count_nonzero(counts)) + counted.n_candidates, int(tokens.counts.sum())
    found = Candidates(first, last, run, both, runs, counts, n_strings, n_tokens)
    if doubtful is None:
        return found
    return _merged(found, is_marked != 0, counted.is_alike, tokens.words, delimiter, least)


def _run_hashes(runs: Runs, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(R, 2): the factor and the number to add that put a run behind a hash, from those of its words."""
    n_runs = int(runs.sizes[0])
    found = np.empty((n_runs, 2), np.uint64)
    found[0] = 1, 0
    for run in range(1, n_runs):
        parent, word = runs.steps[run]
        power, right = (int(words[word, column]) for column in (POWER, RIGHT))
        before = [int(number) for number in found[parent]]
        found[run] = before[0] * power % 2**64, (before[1] * power + right) % 2**64
    return found


def joined_string(words: Sequence[Any], delimiter: str, first: int, between: Sequence[int], last: int) -> str:
    """What a candidate becomes."""
    return delimiter.join([words[first], *(words[word] for word in between), words[last]])


def _merged(
    found: Candidates,
    marked: NDArray[np.bool_],
    is_alike: NDArray[np.bool_],
    words: Sequence[Any],
    delimiter: str,
    least: int,
) -> Candidates:
    """Candidates and words that are the same string have one count together. marked, is_alike: those whose hash is that
    of another, for which the strings are made and compared."""
    strings = {}
    for row in np.flatnonzero(marked).tolist():
        first, last, run = int(found.first[row]), int(found.last[row]), int(found.run[row])
        strings[row] = joined_string(words, delimiter, first, found.runs.words_of(run), last)
    of_words = {words[word]: word for word in np.flatnonzero(is_alike).tolist()}
    totals = {string: int(found.words[word]) for string, word in of_words.items()}
    for row, string in strings.items():
        totals[string] = totals.get(string, 0) + int(found.counts[row])
    counts, word_counts = found.counts.copy(), found.words.copy()
    for row, string in strings.items():
        counts[row] = totals[string]
    for string, word in of_words.items():
        word_counts[word] = totals[string]
    kept = counts >= least
    return found._replace(
        first=found.first[kept],
        last=found.last[kept],
        run=found.run[kept],
        counts=counts[kept],
        words=word_counts,
        n_strings=found.n_strings - (len(strings) + len(of_words) - len(totals)),
    )
