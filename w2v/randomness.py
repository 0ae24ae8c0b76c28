"""Random numbers by counter: each is a function of a key and a position in the stream, and of nothing that came before.

They are 64-bit integers, and the state is explicit, so that the same code gives the same numbers without the compiler.
"""

from functools import partial
from typing import Any

import numpy as np
from numba import njit

# No `nnan` and `ninf`: a diverging run must show itself. Nothing is allocated in compiled code, so it goes without
# reference counting, whose atomic increments took a fifth of the time. All is inlined: a call would hand over every
# field of every tuple on the stack. Only the outermost function is called from Python; wrappers take long to compile.
jit: Any = partial(
    njit,
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "nsz", "arcp", "afn"},
    forceinline=True,
    _nrt=False,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)


@jit
def mix(z):
    """SplitMix64's output function (Steele, Lea & Flood 2014): 64 bits that look random for any sequence of inputs."""
    z = (z ^ (z >> _S30)) * MIX_1
    z = (z ^ (z >> _S27)) * MIX_2
    return z ^ (z >> _S31)


@jit
def random_at(key, position):
    """The random number of a stream position."""
    return mix(key + np.uint64(position + 1) * GOLDEN)


@jit
def below(random, bound):
    """A number in 0 … bound − 1 from the upper 32 bits (multiply and shift, Lemire 2019)."""
    return np.int64(((random >> _S32) * np.uint64(bound)) >> _S32)
