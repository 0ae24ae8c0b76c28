"""`w2v plot`: curves of runs, and words as figures."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from w2v.cli.field_options import written_option
from w2v.errors import ConfigError
from w2v.system.console import log
from w2v.system.files import check_writable

_PICTURE = "a .png, .svg or .pdf file"
_WORDS = {
    "analogy": "analogies as parallelograms, in the plane through their three words",
    "heatmap": "cosines of words with each other, similar ones side by side under their tree",
    "axis": "words on an axis between words, or on two",
    "frequency": "how often words occur against the length of their vectors",
}


def plot_options(
    parser: argparse.ArgumentParser, table: Any, runs: Mapping[str, Callable[[argparse.Namespace], None]]
) -> dict[str, argparse.ArgumentParser]:
    """Make the options of `w2v plot`, and the parsers of its kinds of picture, which are returned by their names."""
    lines = ["w2v plot [loss] LOG ... -o PICTURE", "w2v plot analogy MODEL man king woman -o PICTURE",
             "w2v plot heatmap MODEL WORD ... -o PICTURE", "w2v plot axis MODEL WORD ... --axis 'she - he' -o PICTURE",
             "w2v plot frequency MODEL -o PICTURE"]  # fmt: skip
    parser.usage = "\n       ".join(lines)
    _log_options(parser)
    made = {"loss": "curves of runs, from the logs of training"} | _WORDS
    found = {}
    for kind, text in made.items():
        name = f"plot {kind}"
        one = table.add_parser(name, description=text, allow_abbrev=False, prog=f"w2v {name}")
        one.set_defaults(run=runs.get(name), notes=())
        if kind == "loss":
            _log_options(one)
        else:
            _word_options(one, kind)
        found[name] = one
    return found


def _log_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("logs", nargs="+", metavar="LOG", help="what train --log or classify train --log wrote")
    parser.add_argument("-o", "--output", required=True, metavar="PICTURE", help=_PICTURE)


def _word_options(parser: argparse.ArgumentParser, kind: str) -> None:
    parser.add_argument("model", metavar="MODEL", help="a vector file of any format")
    parser.add_argument("-o", "--output", required=True, metavar="PICTURE", help=_PICTURE)
    if kind == "frequency":
        return
    asked = "three words a b c, or a sum: king - man + woman; six words are two analogies, and so on"
    parser.add_argument("words", nargs="+", metavar="WORD", help=asked if kind == "analogy" else "words of the model")
    if kind == "axis":
        parser.add_argument("--axis", required=True, action="append", metavar="A-B", help="'she - he', or several: "
            "'she - he, woman - man'; given twice, the words lie on a plane")  # fmt: skip
    written_option(parser)


def loss(args: argparse.Namespace) -> None:
    """Draw the curves of runs from their logs."""
    from w2v.pictures.curves import draw

    check_writable(args.output)
    draw(args.logs, args.output)
    log(f"wrote {args.output}")


def analogy(args: argparse.Namespace) -> None:
    """Draw analogies."""
    from w2v.cli.query_commands import keys_of
    from w2v.pictures.analogy import draw_analogies

    model = _model(args)
    questions = []
    for question in _questions(args.words):
        keys = [keys_of([word], model, args.as_written) for word in question]
        several = next((word for word, found in zip(question, keys, strict=True) if len(found) != 1), None)
        if several is not None:
            raise ConfigError(f"{several!r} is several words to this model; give words that it knows as one")
        questions.append((keys[0][0], keys[1][0], keys[2][0]))
    for shape in draw_analogies(model, questions, args.output):
        a, b, c, answer = shape.words
        log(f"{b} − {a} + {c}: {answer} {shape.cosine:.4f}")
    log(f"wrote {args.output}")


def _questions(words: list[str]) -> list[tuple[str, str, str]]:
    """Triples a b c; a sum b - a + c is one. Raises `ConfigError`."""
    if len(words) == 5 and sorted(words[1::2]) == ["+", "-"]:
        b, sign, first, _, second = words
        return [(first, b, second) if sign == "-" else (second, b, first)]
    if any(word in ("+", "-") for word in words) or len(words) % 3:
        raise ConfigError("an analogy takes three words a b c, or a sum such as king - man + woman")
    return [(words[place], words[place + 1], words[place + 2]) for place in range(0, len(words), 3)]


def heatmap(args: argparse.Namespace) -> None:
    """Draw cosines."""
    from w2v.pictures.heatmap import draw_heatmap

    draw_heatmap(_model(args), args.words, args.output, args.as_written)
    log(f"wrote {args.output}")


def axis(args: argparse.Namespace) -> None:
    """Draw words on axes."""
    from w2v.cli.associate_command import axis_pairs
    from w2v.pictures.axes import draw_axes

    axes = [axis_pairs(text) for text in args.axis]
    draw_axes(_model(args), axes, args.words, args.output, args.as_written)
    log(f"wrote {args.output}")


def frequency(args: argparse.Namespace) -> None:
    """Draw counts against lengths."""
    from w2v.pictures.frequency import draw_frequency

    draw_frequency(_model(args), args.output)
    log(f"wrote {args.output}")


def _model(args: argparse.Namespace) -> Any:
    """The vectors; what is wrong with the output is said before they are read."""
    from w2v.pictures.figure import check_suffix
    from w2v.vectors.keyed_vectors import KeyedVectors

    check_suffix(args.output)
    check_writable(args.output)
    return KeyedVectors.load(args.model)
