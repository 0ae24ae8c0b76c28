"""Optional packages."""

import importlib
from typing import Any

from w2v.errors import MissingPackageError


def optional(module: str, what: str, extra: str) -> Any:
    """A module of an optional package. what: what needs it. extra: of this package, to install it with.

    Raises `MissingPackageError`, one sentence that says so.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingPackageError(f"{what} needs {package}; run: pip install 'w2v[{extra}]' ({error})") from error
