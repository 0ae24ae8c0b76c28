"""Random numbers by counter: each is a function of a key and a position in the stream, and of nothing that came before.

They are 64-bit integers, and the state is explicit, so that the same code gives the same numbers without the compiler.
"""

import numpy as np

from w2v.compiled.jit import inlined

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)


@inlined
def mix(z):
    """SplitMix64's output function (Steele, Lea & Flood 2014): 64 bits that look random for any sequence of inputs."""
    z = (z ^ (z >> _S30)) * MIX_1
    z = (z ^ (z >> _S27)) * MIX_2
    return z ^ (z >> _S31)


@inlined
def random_at(key, position):
    """The random number of a stream position."""
    return mix(key + np.uint64(position + 1) * GOLDEN)


@inlined
def below(random, bound):
    """A number in 0 … bound − 1 from the upper 32 bits (multiply and shift, Lemire 2019)."""
    return np.int64(((random >> _S32) * np.uint64(bound)) >> _S32)
