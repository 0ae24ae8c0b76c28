"""How functions are compiled, and how what was compiled is kept on disk.

An *entry* is called from Python and cached; what it is made of is *inlined* into it. Numba's disk cache looks at the
entry's file only (numba#1833), so an entry closes over a digest of all files that it is made of, which makes them part
of the cache's key.

Sources: Numba's documentation, "Notes on Caching".
"""

import hashlib
import re
import sys
import types
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from numba import config as _config
from numba import njit

CONFIG: Any = _config  # its settings are made at run time, which type checkers cannot see

# No `nnan` and `ninf`: a diverging run must show itself. Nothing is allocated in compiled code, so it goes without
# reference counting, whose atomic increments took a fifth of the time. Wrappers to be called from C and, but for
# entries, from Python are left out: they take twice as long to compile as the functions themselves.
_options: dict[str, Any] = dict(
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "nsz", "arcp", "afn"},
    _nrt=False,
    no_cfunc_wrapper=True,
)
# All is inlined: a call would hand over every field of every tuple on the stack. There are two ways. `inlined`
# functions are compiled by themselves, and again within each function that they end up in. `inlined_early` ones become
# part of their caller before it is compiled: that takes less time for what is called from one place or is small (the
# kernel compiles in 8.5 instead of 12 s), and more for the rest.
inlined: Any = partial(njit, forceinline=True, no_cpython_wrapper=True, **_options)
inlined_early: Any = partial(njit, inline="always", no_cpython_wrapper=True, **_options)
# But for what is rarely done, and would only make the caller longer.
not_inlined: Any = partial(njit, no_cpython_wrapper=True, **_options)

ENTRIES: list[Any] = []  # every entry that was made


def entry(function: Callable[..., Any]) -> Any:
    """Compile a function of a module for calls from Python, and keep what was compiled on disk until a file that it is
    made of changes."""
    if CONFIG.DISABLE_JIT:
        return function
    compiled = njit(cache=True, **_options)(_closing_over(function, sources_digest(function.__module__)))
    ENTRIES.append(compiled)
    return compiled


def _closing_over(function: Callable[..., Any], number: int) -> types.FunctionType:
    """The same function with a number in its closure, which it does not use; it is there to be compiled, not called."""
    code: types.CodeType = function.__code__
    closing = types.FunctionType(
        code.replace(co_freevars=(*code.co_freevars, "sources_digest")),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        (*(function.__closure__ or ()), types.CellType(number)),
    )
    closing.__doc__, closing.__qualname__, closing.__module__ = (
        function.__doc__, function.__qualname__, function.__module__
    )  # fmt: skip
    return closing


# ---- sources


_IMPORT = re.compile(r"^from (w2v(?:\.\w+)*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def sources_digest(module: str) -> int:
    """A number that changes with the source of a module, or of one that it is made of."""
    digest = hashlib.blake2b(digest_size=7)
    for name in sorted(sources(module)):
        digest.update(_source(name))
    return int.from_bytes(digest.digest(), "little")


def sources(module: str) -> set[str]:
    """A module of this package and all others that it is made of: what it imports at its top level, and so on."""
    found, waiting = {module}, [module]
    while waiting:
        new = _imported(waiting.pop()) - found
        found |= new
        waiting += new
    return found


@cache
def _source(module: str) -> bytes:
    return Path(str(sys.modules[module].__file__)).read_bytes()


@cache
def _imported(module: str) -> frozenset[str]:
    names = set()
    for match in _IMPORT.finditer(_source(module).decode("utf-8")):
        # `from w2v.room import file` names a module, `from w2v.room.file import function` is one.
        parts = re.findall(r"\w+", re.sub(r"#.*|\bas \w+", "", match[2]))
        names |= {name for name in (match[1], *(f"{match[1]}.{part}" for part in parts)) if name in sys.modules}
    return frozenset(names)
