"""Vectors whose bytes must not change: a digest for each model × objective, for both widths of registers.

The machine code is that of a named processor, so that the digests are the same wherever this runs. Where one changes on
purpose, the changelog says so, and the accuracy was measured again.
"""

import json

import pytest
from support import LOSSES, OTHER_PROCESSORS, python
from twins import numpy_cpu_features

TRAIN = """
import hashlib, json, sys
import numpy as np
from support import LOSSES
from w2v import Word2Vec

generator = np.random.default_rng(0)
words = np.array([f"w{n}" for n in range(300)])
chances = 1 / np.arange(1, 301)
sentences = [generator.choice(words, 20, p=chances / chances.sum()).tolist() for _ in range(500)]
found = {}
for sg in (1, 0):
    for loss in LOSSES:
        for mode in ({"workers": 1}, {"workers": 2, "deterministic": True}):
            model = Word2Vec(sentences, sg=sg, loss=loss, vector_size=52, epochs=2, min_count=2, sample=0.01, **mode)
            rows = np.ascontiguousarray(model.wv.vectors), np.ascontiguousarray(model.output_vectors)
            digest = hashlib.sha256(b"".join(one.tobytes() for one in rows)).hexdigest()[:16]
            found[f"{'sg' if sg else 'cbow'} {loss} {'deterministic' if len(mode) > 1 else 'one thread'}"] = digest
from w2v.compiled.registers import LANES
print(json.dumps([LANES, found]))
"""
PINNED = json.loads("""{
 "8": {
  "sg ns one thread": "88fcb7b57414235a",
  "sg ns deterministic": "5c68471cf4df8d4d",
  "sg hs one thread": "195cd850fa33b242",
  "sg hs deterministic": "a0b33c110566cb09",
  "sg softmax one thread": "dadfab111805fa9e",
  "sg softmax deterministic": "d29faf903baa2c01",
  "sg sampled one thread": "5236ff686c44aabb",
  "sg sampled deterministic": "4acb1678980d0e00",
  "cbow ns one thread": "bfdfd3b316e488ba",
  "cbow ns deterministic": "e8b247c5649f275f",
  "cbow hs one thread": "1b5700a3f5056adc",
  "cbow hs deterministic": "7d1d2fcab7e4edef",
  "cbow softmax one thread": "3ded371dbcbc9982",
  "cbow softmax deterministic": "d0be42ccea5978af",
  "cbow sampled one thread": "5ae99787b8a1f3db",
  "cbow sampled deterministic": "96333fd04b84e24b"
 },
 "16": {
  "sg ns one thread": "ea5cc7c25b81e392",
  "sg ns deterministic": "2bfafe3d3c09f515",
  "sg hs one thread": "bcb927ce7533f3a9",
  "sg hs deterministic": "a6310da25737e48c",
  "sg softmax one thread": "a30579168553bf97",
  "sg softmax deterministic": "cb1dc6180aa772b3",
  "sg sampled one thread": "9076ae58c1c678ca",
  "sg sampled deterministic": "360c07b020c75c2c",
  "cbow ns one thread": "a89ec5f760ae66dd",
  "cbow ns deterministic": "f7a5a8b8f1669da5",
  "cbow hs one thread": "9fc2bab059005709",
  "cbow hs deterministic": "916ba30b9f06b100",
  "cbow softmax one thread": "7f7253f2ed8f323d",
  "cbow softmax deterministic": "8511ba18811693da",
  "cbow sampled one thread": "314c827f13f9f390",
  "cbow sampled deterministic": "f4da58355f1dcb23"
 }
}""")


@pytest.mark.parametrize("lanes", [8, 16])
def test_the_bytes_are_those_of_the_last_version(lanes):
    needed = {8: ("AVX2", "FMA3"), 16: ("AVX2", "FMA3", "AVX512F", "AVX512CD", "AVX512_SKX")}[lanes]
    if not {name.lower() for name in needed} <= numpy_cpu_features():
        pytest.skip(f"this processor lacks {', '.join(needed)}")
    environment = OTHER_PROCESSORS["256-bit registers" if lanes == 8 else "512-bit registers"]
    width, found = json.loads(python(TRAIN, **environment).stdout)
    assert width == lanes and len(found) == 2 * 2 * len(LOSSES)
    assert found == PINNED[str(lanes)]
