"""Runs of connector words between two other words ("bank of the river"), as numbers: a trie in a hash table."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import pointer
from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import mix
from w2v.corpus.stream import BREAK

NO_RUN, UNKNOWN = 0, -1
_U64 = np.uint64


class Runs(NamedTuple):
    """Run 0 is the empty one; any other is its parent and one connector word more."""

    slots: NDArray[np.int64]  # (2 × 2^k,): parent << 32 | word, and the run, 0 for a free slot
    steps: NDArray[np.int64]  # (capacity, 2): parent, word
    sizes: NDArray[np.int64]  # (1,): runs, with the empty one

    def words_of(self, run: int) -> list[int]:
        """The ids of the words of a run, first to last."""
        words: list[int] = []
        while run > NO_RUN:
            run, word = self.steps[run].tolist()
            words.append(word)
        return words[::-1]


def no_runs(n_slots: int = 1 << 10) -> Runs:
    """Only the empty run, with room for `n_slots` / 2; n_slots: a power of two."""
    return Runs(np.zeros(2 * n_slots, np.int64), np.zeros((n_slots // 2, 2), np.int64), np.ones(1, np.int64))


def grown(runs: Runs) -> Runs:
    """A copy with twice the room."""
    larger = no_runs(len(runs.slots))
    n_runs = int(runs.sizes[0])
    larger.steps[:n_runs] = runs.steps[:n_runs]
    larger.sizes[0] = n_runs
    with np.errstate(over="ignore"):
        _enter(larger.slots, larger.steps, n_runs)
    return larger


def runs_of(ids: NDArray[np.int32], is_connector: NDArray[np.bool_]) -> Runs:
    """All runs of a stream that stand behind a word. ids: int32, BREAK after each sentence. is_connector: bool (V,)."""
    runs, state = no_runs(), np.array([0, UNKNOWN])
    if not is_connector.any():
        return runs
    with np.errstate(over="ignore"):
        while state[0] < len(ids):
            _find_runs(ids, is_connector, runs, state)
            if state[0] < len(ids):
                runs = grown(runs)
    return runs


def runs_from(sequences: Iterable[Sequence[int]]) -> tuple[Runs, list[int]]:
    """The runs that these sequences of word ids are, and their beginnings; and the number of each."""
    runs, numbers, known = no_runs(), [], dict[tuple[int, int], int]()
    for words in sequences:
        run = NO_RUN
        for word in words:
            if (run, word) not in known:
                number = known[run, word] = len(known) + 1
                if number == len(runs.steps):
                    runs = grown(runs)
                runs.steps[number], runs.sizes[0] = (run, word), number + 1
            run = known[run, word]
        numbers.append(run)
    with np.errstate(over="ignore"):
        _enter(runs.slots, runs.steps, int(runs.sizes[0]))
    return runs, numbers


def are_connectors(words: Sequence[Any], connectors: frozenset[str]) -> NDArray[np.bool_]:
    """(V,), which of the words are connector words."""
    if not connectors:
        return np.zeros(len(words), bool)
    return np.fromiter(map(connectors.__contains__, words), bool, len(words))


@inlined
def _slot(slots, last, key):
    """The place of a key, or the free one where it belongs. slots: pointer to int64. last: int64, a mask."""
    slot = np.int64(mix(_U64(key)) & _U64(last)) & ~np.int64(1)
    while slots[slot + 1] != 0 and slots[slot] != key:
        slot = (slot + 2) & last
    return slot


@inlined
def longer_run(runs, run, word):
    """The run with one word more; UNKNOWN if there is none, or if the run is UNKNOWN. runs: `Runs`."""
    if run == UNKNOWN:
        return run
    slots = pointer(runs.slots)
    found = slots[_slot(slots, len(runs.slots) - 1, run << 32 | word) + 1]
    return found if found != 0 else np.int64(UNKNOWN)


@entry
def _enter(slots, steps, n_runs):
    """Enter the runs 1 … n_runs − 1 in empty slots. slots, steps: those of `Runs`."""
    table, last = pointer(slots), len(slots) - 1
    for k in range(len(slots)):
        slots[k] = 0
    for run in range(1, n_runs):
        key = steps[run, 0] << 32 | steps[run, 1]
        slot = _slot(table, last, key)
        table[slot], table[slot + 1] = key, run


@entry
def _find_runs(ids, is_connector, runs, state):
    """Add the runs of a stream until there is no room. ids, is_connector: as in `runs_of`. state: int64 (2,), where to
    begin, and the run there, UNKNOWN outside of a candidate; written where it ends."""
    slots, last = pointer(runs.slots), len(runs.slots) - 1
    run, n_runs = state[1], runs.sizes[0]
    for k in range(state[0], len(ids)):
        token = np.int64(ids[k])
        if token == BREAK:
            run = np.int64(UNKNOWN)
        elif not is_connector[token]:
            run = np.int64(NO_RUN)
        elif run != UNKNOWN:
            key = run << 32 | token
            slot = _slot(slots, last, key)
            if slots[slot + 1] == 0:
                if n_runs == len(runs.steps):
                    state[0], state[1], runs.sizes[0] = k, run, n_runs
                    return
                slots[slot], slots[slot + 1] = key, n_runs
                runs.steps[n_runs, 0], runs.steps[n_runs, 1] = run, token
                n_runs += 1
            run = slots[slot + 1]
    state[0], state[1], runs.sizes[0] = len(ids), run, n_runs
