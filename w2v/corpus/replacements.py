"""What provisional ids become once the vocabulary is chosen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus import scan


class NewIds(NamedTuple):
    """What the ids of one table become: the arguments of `scan.rewrite_ids`."""

    new_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    ids: NDArray[np.int32]  # empty when each id becomes one or none


class Replacements(NamedTuple):
    """What each provisional id becomes: word ids `ids[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int64]
    ids: NDArray[np.int32]

    def of(self, numbers: NDArray[np.integer]) -> NewIds:
        """The replacements of the provisional ids `numbers`, in that order; nothing for −1."""
        starts = self.offsets[numbers]
        lengths = np.where(numbers >= 0, self.offsets[numbers + 1] - starts, 0)
        new_ids = np.full(len(numbers), scan.DROPPED, np.int32)
        new_ids[lengths == 1] = self.ids[starts[lengths == 1]]
        new_ids[lengths > 1] = scan.SEVERAL
        if lengths.max(initial=0) <= 1:
            return NewIds(new_ids, starts[:0], self.ids[:0])
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return NewIds(new_ids, offsets, self.ids[np.repeat(starts, lengths) + within])
