"""What tells one encoded corpus from another, made while the ids are written."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.corpus import scan

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
                self._digest.update(bytes(scan.hash_numbers(self._leaf)))

    def finish(self, words: Iterable[Any]) -> str:
        """The digest of all, in hexadecimal."""
        if n_last := self._n_ids % LEAF:
            self._leaf.view(np.int32)[n_last:] = 0
            self._digest.update(bytes(scan.hash_numbers(self._leaf[: (n_last + 1) // 2])))
        self._digest.update(f"{self._n_ids}\n".encode())
        self._digest.update("\n".join(map(str, words)).encode("utf-8", "surrogatepass"))
        return self._digest.hexdigest()
