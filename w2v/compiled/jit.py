"""How functions are compiled, and how what was compiled is kept on disk.

An *entry* is called from Python and cached; what it is made of is *inlined* into it. Numba's disk cache looks at the
entry's file only (numba#1833), so an entry closes over a digest of all files that it is made of, which makes them part
of the cache's key. The cache is a convenience: where it cannot be written or is damaged, functions are compiled anew.

Sources: Numba's documentation, "Notes on Caching".
"""

import contextlib
import hashlib
import logging
import os
import pickle
import re
import sys
import types
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from numba import config as _config
from numba import njit
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
)
from numba.core.serialize import dumps

logger = logging.getLogger("w2v")
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
    compiled: Any = njit(**_options)(_closing_over(function, sources_digest(function.__module__)))
    try:
        compiled._cache = _Cache(compiled.py_func)
    except (OSError, RuntimeError):  # no folder that can be written
        _tell_once("there is no folder for them that can be written")
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


# ---- the cache


class _Unwritable(InTreeCacheLocator):
    """The last resort: a folder that can be read at best. Whoever wants to write there is told why not."""

    def ensure_cache_path(self) -> None:
        """It stays as it is."""


class _Checked(CompileResultCacheImpl):
    """What is kept of a function, with a digest of it and of what it is kept for. Numba looks at neither: it would run
    damaged code, and, where the disk was full when it wrote a new function over an old one, the old one."""

    _locator_classes = [*CompileResultCacheImpl._locator_classes, _Unwritable]
    key: object = None

    def reduce(self, data: Any) -> tuple[bytes, bytes]:
        """The digest, and what is kept."""
        code = dumps(super().reduce(data))
        return self._digest(code), code

    def rebuild(self, target_context: Any, reduced_data: Any) -> Any:
        """The way back. Raises `ValueError`."""
        digest, code = reduced_data
        if digest != self._digest(code):
            raise ValueError("not what was written")
        return super().rebuild(target_context, pickle.loads(code))

    def _digest(self, code: bytes) -> bytes:
        return hashlib.blake2b(code, key=hashlib.blake2b(repr(self.key).encode()).digest()).digest()


class _Cache(FunctionCache):
    """Numba's cache, without its errors."""

    _impl_class = _Checked

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What is kept for these types; None if there is nothing, or it is damaged."""
        try:
            return super().load_overload(sig, target_context) or self._kept_elsewhere(sig, target_context)
        except Exception as error:  # of any kind, as the bytes will have it
            logger.info("%s in %s is damaged (%r) and compiled anew", self._name, self.cache_path, error)
            with contextlib.suppress(OSError):
                self.flush()  # or nothing can be added
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, if there is room."""
        try:
            super().save_overload(sig, data)
        except Exception as error:
            _tell_once(getattr(error, "strerror", None) or repr(error))

    def _kept_elsewhere(self, sig: Any, target_context: Any) -> Any:
        """What is kept in a folder that cannot be written to: of an installation or an image that was filled before."""
        for place in filter(None, (CONFIG.CACHE_DIR and UserProvidedCacheLocator, InTreeCacheLocator)):
            locator = place(self._py_func, self._py_func.__code__.co_filename)
            folder = locator.get_cache_path()
            if folder != self.cache_path and os.path.isdir(folder) and not _can_be_written(locator):
                file = IndexDataCacheFile(folder, self._impl.filename_base, locator.get_source_stamp())
                data = file.load(self._index_key(sig, target_context.codegen()))
                if data is not None:
                    return self._impl.rebuild(target_context, data)
        return None

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        self._impl.key = super()._index_key(sig, codegen)
        return self._impl.key


def _can_be_written(locator: Any) -> bool:
    try:
        locator.ensure_cache_path()
    except OSError:
        return False
    return True


@cache
def _tell_once(why: str) -> None:
    logger.warning(
        "compiled functions cannot be kept (%s), so each start compiles them again, which takes some 10 s; "
        "set NUMBA_CACHE_DIR to a folder with room",
        why,
    )


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
