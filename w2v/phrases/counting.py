"""A stream of ids → how often each candidate for a phrase occurs: two words with nothing but connector words between.

The tables hold shares of the candidates, by hash, a thread each; each thread goes through the whole stream. Where they
would take more memory than they may, there are 2, 4, 8 … times as many shares, taken in turn: the counts stay exact.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.stream import Tokens
from w2v.errors import CorpusError
from w2v.phrases import pairtable
from w2v.phrases.hashes import POWER, RIGHT, word_hashes
from w2v.phrases.pairtable import BATCH, SLOT_BYTES, Names, Table, pair_table
from w2v.phrases.runs import MOST_RUNS, Runs, runs_of
from w2v.system.parallel import ordered_map

_LARGEST_START = 1 << 22  # slots


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
    return not set(delimiter).isdisjoint("".join(words))


class _Full(Exception):
    """A share does not fit into its memory."""


def count_candidates(
    tokens: Tokens, connectors: frozenset[str], delimiter: str, least: int, memory: int, n_threads: int
) -> Candidates:
    """Count all, keep those that occur at least `least` times. memory: bytes that the tables may take.

    Raises `CorpusError` for more runs of connector words than can be numbered.
    """
    is_connector = np.zeros(len(tokens.words), bool)
    if connectors:
        is_connector[:] = [word in connectors for word in tokens.words]
    runs = runs_of(tokens.ids, is_connector)
    if int(runs.sizes[0]) > MOST_RUNS:
        raise CorpusError(f"there are over {MOST_RUNS:,} different runs of connector words; name fewer such words")
    words = word_hashes(tokens.words, delimiter, is_connector)
    names = Names(words, _run_hashes(runs, words))
    counts = np.where(is_connector, 0, tokens.counts)
    are_alike = may_be_alike(tokens.words, delimiter)
    is_alike = np.zeros(len(counts), bool)
    n_shares = n_threads

    def counted(share: int) -> tuple[NDArray[np.int64], int]:
        table = _counted_share(tokens.ids, names, runs, share, n_shares, memory // n_threads)
        with np.errstate(over="ignore"):
            if are_alike:
                pairtable.mark_alike(names, share, n_shares, counts, table, is_alike)
            taken = np.empty((pairtable.take_candidates(table, least, np.empty((0, 5), np.int64)), 5), np.int64)
            pairtable.take_candidates(table, least, taken)
        return taken, int(table.state[pairtable.USED])

    while True:
        try:
            shares = list(ordered_map(counted, range(n_shares), n_threads))
            break
        except _Full:
            n_shares *= 2
    taken = np.concatenate([rows for rows, _ in shares])
    found = Candidates(
        taken[:, 0],
        taken[:, 2],
        taken[:, 1],
        taken[:, 3],
        runs,
        counts,
        int(np.count_nonzero(counts)) + sum(n for _, n in shares),
        int(tokens.counts.sum()),
    )
    return _merged(found, taken[:, 4] != 0, is_alike, tokens.words, delimiter, least) if are_alike else found


def _counted_share(ids: NDArray[np.int32], names: Names, runs: Runs, share: int, n_shares: int, memory: int) -> Table:
    n_slots = 4 * BATCH
    while n_slots < min(len(ids) // (2 * n_shares), _LARGEST_START) and 2 * n_slots * SLOT_BYTES <= memory:
        n_slots *= 2
    table = pair_table(n_slots)
    with np.errstate(over="ignore"):
        while not pairtable.count_candidates(ids, names, runs, share, n_shares, table):
            n_bytes = table.slots.nbytes
            if 3 * n_bytes > memory and n_shares < 1 << 20:
                raise _Full
            table = pairtable.grown(table, names)
    return table


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
