"""Options made from the fields of a configuration, and the values that options take."""

import argparse
import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)


def written_option(parser: Any) -> None:
    """`--as-written`, of whatever looks words up."""
    parser.add_argument(
        "--as-written", action="store_true", help="do not lower-case, normalise or cut words as the model's text was"
    )


def config_options(parser: Any, kind: type, names: Sequence[str] | None = None) -> None:
    """One option per field (of those named); the default is None, so that what was given can be told from what was
    not. Other spellings are hidden entries of their own: the help shows them once, in brackets.
    """
    for item in dataclasses.fields(kind):
        if names is not None and item.name not in names:
            continue
        facts: Mapping[str, Any] = item.metadata
        settings: dict[str, Any] = {"dest": item.name, "default": None}
        if isinstance(item.default, bool):
            settings["action"] = argparse.BooleanOptionalAction
        elif facts["choices"]:
            settings.update(choices=facts["choices"], type=_model_name if item.name == "model" else str)
        else:
            is_whole, is_real = "int" in str(item.type), "float" in str(item.type)
            settings.update(type=whole if is_whole else real if is_real else str)
            settings.update(metavar="N" if is_whole else "X" if is_real else "NAME")
            if facts["unit"] == "bytes":
                settings.update(type=size, metavar="SIZE")
        parser.add_argument(option_name(item.name), help=_help(item), **settings)
        if facts["aliases"]:
            parser.add_argument(*facts["aliases"], help=argparse.SUPPRESS, **settings)


def option_name(setting: str) -> str:
    """`--min-count` for `min_count`."""
    return f"--{setting.replace('_', '-')}"


def _help(item: Any) -> str:
    value, aliases = item.default, " ".join(item.metadata["aliases"])
    shown = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
    default = "" if value is None else f" (default {shown})"
    return (item.metadata["help"] + default + (f" [{aliases}]" if aliases else "")).replace("%", "%%")


def whole(text: str) -> int:
    """An integer."""
    return _parsed(int, text, "a whole number")


def size(text: str) -> int:
    """Bytes, from 512MB or 2GB."""
    found = re.fullmatch(r"(\d+\.?\d*)([KMGT]?)B?", text.upper())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no size; write 512MB or 2GB")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2] or " "))


def duration(text: str) -> float:
    """Seconds, from 90s, 10m, 1h or, as in fastText, a bare number of them."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smh]?)", text)
    seconds = float(found[1]) * {"m": 60, "h": 3600}.get(found[2], 1) if found else 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no time; write 90s, 10m or 1h")
    return seconds


def real(text: str) -> float:
    """A number."""
    return _parsed(float, text, "a number")


def _parsed(kind: Callable[[str], Number], text: str, name: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {name}") from None


def positive(text: str) -> int:
    """An integer of at least 1."""
    number = whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a whole number of at least 1")
    return number


def _model_name(text: str) -> str:
    return "sg" if text in ("skipgram", "skip-gram") else text


def given_settings(args: argparse.Namespace, kind: type) -> dict[str, Any]:
    """The fields of a configuration that the command line sets."""
    values = {item.name: getattr(args, item.name, None) for item in dataclasses.fields(kind)}
    return {name: value for name, value in values.items() if value is not None}
