"""What tells one encoded corpus from another, made while the ids are written."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry
from w2v.corpus.wordtable import mixed

_SEEDS = tuple(map(np.uint64, (1, 2, 3, 4)))
LEAF = 1 << 18  # ids hashed at a time: even, and small enough for the caches


class Fingerprint:
    """Digest of the hashes of every `LEAF` ids, of their number, and of the words."""

    def __init__(self) -> None:
        self._digest, self._n_ids = hashlib.blake2b(digest_size=16), 0
        self._leaf = np.zeros(LEAF // 2, np.uint64)

    def add(self, ids: NDArray[np.int32]) -> None:
        """The next ids."""
        while len(ids):
            place = self._n_ids % LEAF
            part, ids = ids[: LEAF - place], ids[LEAF - place :]
            self._leaf.view(np.int32)[place : place + len(part)] = part
            self._n_ids += len(part)
            if self._n_ids % LEAF == 0:
                self._digest.update(bytes(hash_numbers(self._leaf)))

    def finish(self, words: Iterable[Any]) -> str:
        """The digest of all, in hexadecimal."""
        if n_last := self._n_ids % LEAF:
            self._leaf.view(np.int32)[n_last:] = 0
            self._digest.update(bytes(hash_numbers(self._leaf[: (n_last + 1) // 2])))
        self._digest.update(f"{self._n_ids}\n".encode())
        self._digest.update("\n".join(map(str, words)).encode("utf-8", "surrogatepass"))
        return self._digest.hexdigest()


def hash_numbers(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """256 bits that change when any of the numbers does; as fast as memory, and no defence against intent.

    numbers: uint64 (n,). Returns uint64 (4,): the numbers are dealt out to four lanes, what is left over to the first.
    Checkpoints hold what is made of it: it must stay as it is.
    """
    found = np.array(_SEEDS)
    with np.errstate(over="ignore"):  # hashes wrap around; without the compiler NumPy would warn
        _hash(numbers, found)
    return found


@entry
def _hash(numbers, found):
    """numbers: uint64 (n,). found: uint64 (4,), the lanes' seeds, in place of which their hashes are written."""
    a, b, c, d = found[0], found[1], found[2], found[3]
    for k in range(0, len(numbers) - 3, 4):
        a, b = mixed(a ^ numbers[k]), mixed(b ^ numbers[k + 1])
        c, d = mixed(c ^ numbers[k + 2]), mixed(d ^ numbers[k + 3])
    for k in range(len(numbers) // 4 * 4, len(numbers)):
        a = mixed(a ^ numbers[k])
    found[0], found[1], found[2], found[3] = a, b, c, d
