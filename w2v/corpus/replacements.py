"""Provisional ids → final ids, once the vocabulary is chosen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import pointer
from w2v.compiled.jit import entry
from w2v.corpus.scan import end_sentence
from w2v.corpus.stream import BREAK

DROPPED, SEVERAL = -2, -3  # in place of a word id: none, and more than one


class NewIds(NamedTuple):
    """What the ids of one table become: the arguments of `rewrite_ids`."""

    new_ids: NDArray[np.int32]  # (ids of the table,): a word id, DROPPED or SEVERAL
    offsets: NDArray[np.int64]  # (ids of the table + 1,), or empty
    ids: NDArray[np.int32]  # empty when each id becomes one or none


class Replacements(NamedTuple):
    """What each provisional id becomes: word ids `ids[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int64]  # (provisional ids + 1,)
    ids: NDArray[np.int32]

    def of(self, numbers: NDArray[np.integer]) -> NewIds:
        """The replacements of the provisional ids `numbers`, in that order; nothing for −1."""
        starts = self.offsets[numbers]
        lengths = np.where(numbers >= 0, self.offsets[numbers + 1] - starts, 0)
        new_ids = np.full(len(numbers), DROPPED, np.int32)
        new_ids[lengths == 1] = self.ids[starts[lengths == 1]]
        new_ids[lengths > 1] = SEVERAL
        if lengths.max(initial=0) <= 1:
            return NewIds(new_ids, starts[:0], self.ids[:0])
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        return NewIds(new_ids, offsets, self.ids[np.repeat(starts, lengths) + within])


def rewrite_ids(
    ids: NDArray[np.int32], new_ids: NDArray[np.int32], offsets: NDArray[np.int64], replacements: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Replace each id by its new one, in place unless they may become more; returns the new ids. BREAK stays.

    new_ids: DROPPED for nothing, and SEVERAL for `replacements[offsets[id]:offsets[id + 1]]`. Of several BREAKs in a
    row one is written.
    """
    written = ids
    if len(replacements):
        tokens = ids[ids != BREAK]
        written = np.empty(len(ids) + int((offsets[tokens + 1] - offsets[tokens]).sum()), np.int32)
    return written[: _rewrite(ids, new_ids, offsets, replacements, written)]


@entry
def _rewrite(ids, new_ids, offsets, replacements, written):
    """`rewrite_ids` into `written`, int32, which may be `ids`; returns how many entries were written.

    ids: int32 (n,), BREAK or from 0 on. new_ids: int32 (provisional ids,). offsets: int64 (provisional ids + 1,), or
    empty when nothing is SEVERAL. replacements: int32.
    """
    n_out, looked_up, out_ids = 0, pointer(new_ids), pointer(written)
    for token in ids:
        if token == BREAK:
            n_out = end_sentence(out_ids, n_out)
            continue
        new_id = looked_up[token]
        if new_id == SEVERAL:
            for k in range(offsets[token], offsets[token + 1]):
                out_ids[n_out] = replacements[k]
                n_out += 1
            continue
        out_ids[n_out] = new_id  # without a branch: whether a word is rare cannot be foreseen
        n_out += new_id != DROPPED
    return n_out
