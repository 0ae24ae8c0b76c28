"""A figure from matplotlib to a file, in one style."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from w2v.errors import ConfigError
from w2v.system.extras import optional
from w2v.system.files import PathLike, atomic_writer

logger = logging.getLogger("w2v")
SUFFIXES = (".png", ".svg", ".pdf")
ACCENT, INK, QUIET = "#b3261e", "#1d2126", "#646c76"
_STYLE: Any = {
    "font.size": 10, "axes.titlesize": 11, "axes.titleweight": "bold", "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": "#9aa3ae", "xtick.color": QUIET, "ytick.color": QUIET,
    "axes.labelcolor": QUIET, "text.color": INK, "axes.titlecolor": INK, "legend.frameon": False,
    "svg.hashsalt": "w2v", "figure.facecolor": "white", "axes.unicode_minus": True, "text.parse_math": False,
}  # fmt: skip
_DPI = 130
_FALLBACKS = (  # for signs that matplotlib's own font lacks, where they are installed
    "Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Emoji",
    "Arial Unicode MS", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic",
)  # fmt: skip


def check_suffix(output: PathLike) -> None:
    """Raise `ConfigError` for a file that is no picture."""
    if Path(output).suffix.lower() not in SUFFIXES:
        raise ConfigError(f"{output}: a picture ends in one of {', '.join(SUFFIXES)}")


@contextlib.contextmanager
def new_figure(output: PathLike, width: float, height: float) -> Iterator[Any]:
    """A matplotlib figure of so many inches, which is written to `output` at the end of the `with` statement.

    The same drawing gives the same bytes. Raises `ConfigError` for another suffix, `MissingPackageError`.
    """
    check_suffix(output)
    optional("matplotlib", "drawing", "plot").use("Agg")
    from matplotlib import font_manager, pyplot

    installed = set(font_manager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in _FALLBACKS if name in installed)]
    kind = Path(output).suffix[1:].lower()
    dates = {"svg": "Date", "pdf": "CreationDate"}
    with pyplot.rc_context({**_STYLE, "font.family": fonts}), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        figure = pyplot.figure(figsize=(width, height), layout="constrained")
        try:
            yield figure
            picture = io.BytesIO()
            metadata = {dates[kind]: None} if kind in dates else {}
            smaller: Any = {"pil_kwargs": {"optimize": True}} if kind == "png" else {}
            figure.savefig(picture, format=kind, dpi=_DPI, metadata=metadata, **smaller)
        finally:
            pyplot.close(figure)
    if any("missing from font" in str(warning.message) for warning in found):
        logger.warning("some signs of these words are in no font here; install one that has them, such as Noto Sans")
    with atomic_writer(output) as file:
        file.write(picture.getvalue())


def colours(n: int) -> list[Any]:
    """Different ones, as many as that."""
    from matplotlib import pyplot

    palette = pyplot.get_cmap("tab10" if n <= 10 else "turbo", max(n, 10))
    return [palette(place) for place in range(n)]
