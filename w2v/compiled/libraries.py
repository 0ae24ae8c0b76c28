"""The libraries that training stands on, loaded while there is memory for them."""

import numpy as np

from w2v.compiled.jit import CONFIG

_SIDE = 512  # of a matrix: large enough for all threads of the matrix library to be given work


def load_libraries() -> None:
    """Load what the compiler would load at its first function, and have the matrix library take its buffers.

    Where OpenBLAS cannot have a thread or a buffer it ends the process, interrupts it, or tries for ever. So that is
    not left until a corpus fills the memory; what is refused then is a `MemoryError`. Takes no time that training
    would not.
    """
    if not CONFIG.DISABLE_JIT:
        from numba.core.registry import cpu_target

        cpu_target.typing_context.refresh()
        cpu_target.target_context.refresh()
    square = np.ones((_SIDE, _SIDE), np.float32)
    np.dot(square @ square, square[0])
    np.dot(square.ravel(), square.ravel())
