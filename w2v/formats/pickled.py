"""A pickle as data: its lists, dictionaries, texts, numbers and NumPy arrays, without running what it asks to run.

A pickle is a small program whose steps put values on a stack; some name functions and classes that Python would import
and call, which is why a pickle from elsewhere can do anything. Here such a step only notes the name and the arguments:
nothing is imported, nothing is called, and what cannot be noted so is refused.
"""

import io
import pickletools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from w2v.errors import FormatError
from w2v.system.stored import MALFORMED

_ARRAY = re.compile(r"numpy\.(core|_core)\.multiarray\._reconstruct")
_NUMBERS = re.compile(r"[fiu][1248]")  # what NumPy calls the types of numbers, and their bytes
_KEYS = (str, int, float, bytes, type(None))
_MAX_NAME = 1000  # characters: two short steps join names, so without a bound a small file makes large ones
# What Python raises where noted values are not of the kinds that they should be


@dataclass(eq=False)
class Noted:
    """Something that the pickle asks to make: what of, from which arguments, and with what in it."""

    name: str  # of a class or function, with its module
    arguments: Any = ()
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)  # of a dictionary of the pickle's own class

    @property
    def fields(self) -> dict[str, Any]:
        """The object's attributes."""
        state = self.state[0] if isinstance(self.state, tuple) and self.state else self.state
        return state if isinstance(state, dict) else {}


def read_pickled(data: bytes) -> Any:
    """What a pickle holds. Raises `FormatError` for a malformed one, and for steps that no data need."""
    machine = _Machine()
    try:
        for step, argument, _ in pickletools.genops(io.BytesIO(data)):
            if step.name == "STOP":
                return machine.stack.pop()
            machine.take(step.name, argument)
    except MALFORMED as error:
        raise FormatError(f"the pickle is damaged or not of a kind that is read here ({brief(error)})") from error
    raise FormatError("the pickle is cut off")


def array_of(noted: Any) -> np.ndarray | None:
    """The array of numbers that something in a pickle is, a copy; None for anything else, and for arrays of objects.

    Raises `FormatError` where its shape does not fit its bytes.
    """
    if isinstance(noted, np.ndarray) or not isinstance(noted, Noted) or not _ARRAY.fullmatch(noted.name):
        return noted if isinstance(noted, np.ndarray) else None
    try:
        _, shape, kind, is_fortran, data = noted.state
        code, order = kind.arguments[0], kind.state[1]
        if kind.name != "numpy.dtype" or not _NUMBERS.fullmatch(code) or order not in ("<", ">", "|", "="):
            return None
        flat = np.frombuffer(_bytes_of(data), np.dtype(order + code))
        if not all(type(size) is int and size >= 0 for size in shape):  # reshape would make up a size below 0
            raise ValueError("its shape is not of sizes")
        return flat.reshape(shape, order="F" if is_fortran else "C").astype(flat.dtype.newbyteorder("="))
    except MALFORMED as error:
        raise FormatError(f"an array of the pickle is damaged ({brief(error)})") from error


def brief(error: Exception | str) -> str:
    """What Python says, or a name: one line of bounded length of what may quote the file at length."""
    return repr(str(error)[:80])[1:-1]


def _bytes_of(data: Any) -> bytes | bytearray:
    """Bytes as Python 3 writes them, or as text of Latin-1: what Python 2 has, and how old pickles of Python 3 do."""
    if isinstance(data, Noted) and data.name == "_codecs.encode":
        data = data.arguments[0]
    if isinstance(data, str):
        return data.encode("latin-1")
    if not isinstance(data, bytes | bytearray):  # of a number, bytes() would make as many
        raise ValueError("its numbers are no bytes")
    return data


def _entries(values: list[Any]) -> dict[Any, Any]:
    """A dictionary of keys and values in turn. Keys are plain values: hashing a tuple goes as deep as its nesting, past
    the end of Python's stack, and as often as its parts come again, which is 2^200 times in a file of 850 bytes."""
    if not all(isinstance(key, _KEYS) for key in values[::2]):
        raise ValueError("a key of a dictionary is neither text nor a number")
    return dict(zip(values[::2], values[1::2], strict=True))


def _global(names: list[Any]) -> Noted:
    if not all(isinstance(name, str) and len(name) <= _MAX_NAME for name in names):
        raise ValueError("a class has no name")
    return Noted(".".join(names))


class _Machine:
    """The stack of a pickle, its marks, and the values that it refers to again."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def take(self, name: str, argument: Any) -> None:
        """One step."""
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _MAKERS:
            n_taken, make = _MAKERS[name]
            taken = self._after_mark() if n_taken is None else self._last(n_taken)
            self.stack.append(make(taken))
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name == "MARK":
            self.marks.append(len(self.stack))
        elif name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[len(self.memo) if name == "MEMOIZE" else argument] = self.stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name == "GLOBAL":
            self.stack.append(Noted(argument.replace(" ", ".")))
        elif name in ("APPEND", "APPENDS", "ADDITEMS"):
            values = self._last(1) if name == "APPEND" else self._after_mark()
            if isinstance(self.stack[-1], list):
                self.stack[-1].extend(values)
        elif name in ("SETITEM", "SETITEMS"):
            values = self._last(2) if name == "SETITEM" else self._after_mark()
            into = self.stack[-1].items if isinstance(self.stack[-1], Noted) else self.stack[-1]
            into.update(_entries(values))
        elif name == "BUILD":
            (state,) = self._last(1)
            self.stack[-1].state = state
        elif name == "POP":
            self.stack.pop()
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"the step {name} is not known here")

    def _last(self, n: int) -> list[Any]:
        """n values, taken off."""
        if n > len(self.stack) - (self.marks[-1] if self.marks else 0):
            raise IndexError("a step finds too few values")
        values = self.stack[len(self.stack) - n :]
        del self.stack[len(self.stack) - n :]
        return values

    def _after_mark(self) -> list[Any]:
        """The values since the last mark, taken off."""
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values


_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
}  # fmt: skip
# How many values a step takes off the stack (None: those since the last mark), and what it makes of them.
_MAKERS: dict[str, tuple[int | None, Callable[[list[Any]], Any]]] = {
    "EMPTY_LIST": (0, list), "LIST": (None, list), "EMPTY_TUPLE": (0, tuple), "TUPLE": (None, tuple),
    "TUPLE1": (1, tuple), "TUPLE2": (2, tuple), "TUPLE3": (3, tuple),
    "EMPTY_DICT": (0, lambda _: {}), "DICT": (None, _entries),
    "EMPTY_SET": (0, lambda _: []), "FROZENSET": (None, list),
    "STACK_GLOBAL": (2, _global),
    "REDUCE": (2, lambda call: Noted(call[0].name, call[1])),
    "NEWOBJ": (2, lambda call: Noted(call[0].name, call[1])),
    "NEWOBJ_EX": (3, lambda call: Noted(call[0].name, call[1])),
}  # fmt: skip
