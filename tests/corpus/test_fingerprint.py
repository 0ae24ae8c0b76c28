"""The fingerprint of ids does not depend on how they are cut; that it tells corpora apart is in `test_corpus.py`."""

import hashlib

import numpy as np
import pytest

from w2v.corpus import scan
from w2v.corpus.fingerprint import LEAF, Fingerprint

WORDS = ["a", "é", 7]


def twin(ids):
    digest = hashlib.blake2b(digest_size=16)
    for start in range(0, len(ids), LEAF):
        leaf = ids[start : start + LEAF]
        digest.update(bytes(scan.hash_numbers(np.append(leaf, np.zeros(len(leaf) % 2, np.int32)).view(np.uint64))))
    return digest.update(f"{len(ids)}\na\né\n7".encode()) or digest.hexdigest()


@pytest.mark.parametrize("n_ids", [0, 1, LEAF - 1, LEAF, LEAF + 1, 3 * LEAF + 17])
@pytest.mark.parametrize("size", [1000, LEAF, 4 * LEAF])
def test_cut_anywhere(n_ids, size):
    ids = np.random.default_rng(0).integers(-1, 1000, n_ids).astype(np.int32)
    found = Fingerprint()
    for start in range(0, n_ids, size):
        found.add(ids[start : start + size])
    assert found.finish(WORDS) == twin(ids)
