"""The sentences of a corpus that comes in pieces: how many there are, before and after rare words are left out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.stream import BREAK


class Ends(NamedTuple):
    """The sentences that end in a piece of the corpus, before rare words are left out."""

    n_inside: int  # without one that ends at the first place
    at_first: bool
    at_last: bool
    is_empty: bool

    @classmethod
    def of(cls, ids: NDArray[np.int32]) -> "Ends":
        """ids: with one BREAK or more after each sentence."""
        breaks = ids == BREAK
        n_inside = np.count_nonzero(breaks[1:] > breaks[:-1])
        return cls(int(n_inside), bool(breaks[:1].any()), bool(breaks[-1:].any()), not len(ids))


class Sentences:
    """Counts those of all pieces, in order; a sentence may reach over several."""

    def __init__(self) -> None:
        self.n_read = self.n_kept = 0  # all of them, and those of which a word is left
        self.longest = 0  # tokens that are left
        self.n_alone = 0  # sentences of one token that is left
        self._is_open_read = False
        self._n_open = 0  # tokens that are left of a sentence that has not ended
        self._last: int = BREAK

    def read(self, ends: Ends) -> None:
        """Count the next piece as it was read."""
        self.n_read += ends.n_inside + (ends.at_first and self._is_open_read)
        if not ends.is_empty:
            self._is_open_read = not ends.at_last

    def kept(self, ids: NDArray[np.int32], breaks: NDArray[np.int64]) -> NDArray[np.int32]:
        """Count what is left of it; breaks: where in `ids` BREAK is, never twice in a row. Returns what follows the
        pieces before: without a BREAK that ends nothing."""
        if len(ids) and ids[0] == BREAK and self._last == BREAK:
            ids, breaks = ids[1:], breaks[1:] - 1
        if len(ids):
            lengths = np.diff(breaks, prepend=-1 - self._n_open, append=len(ids)) - 1
            self.n_kept += len(breaks)
            self.n_alone += int(np.count_nonzero(lengths[:-1] == 1))
            self.longest = max(self.longest, int(lengths.max()))
            self._n_open, self._last = int(lengths[-1]), int(ids[-1])
        return ids
