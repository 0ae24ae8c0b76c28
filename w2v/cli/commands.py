"""The command line: one short function per command."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from signal import SIGINT
from typing import Any

from w2v.cli import classify_commands
from w2v.cli.options import output_format, parse, text_config, train_config
from w2v.cli.training_commands import resume, train
from w2v.errors import ConfigError, W2VError
from w2v.system.console import answer_all, drop_results, flush_results, log, show
from w2v.system.files import check_writable
from w2v.system.interrupts import terminable

_OUT_OF_MEMORY = "w2v: error: out of memory; use a smaller --vector-size, --window or --max-vocab"
_SUM_ADVICE = "write a sum as words with signs between them: king - man + woman"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 2 for bad input (one sentence on standard error), 130 for Ctrl-C, 143
    for SIGTERM."""
    runs = {
        "train": train, "resume": resume, "nn": nn, "analogy": analogy, "eval": evaluate, "info": info,
        "convert": convert, "download": download, "plot": plot,
        "classify train": classify_commands.train, "classify predict": classify_commands.predict,
        "classify test": classify_commands.test,
    }  # fmt: skip
    try:
        args = parse(sys.argv[1:] if arguments is None else list(arguments), runs)
        with terminable():
            args.run(args)
        flush_results()
        return 0
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        drop_results()
        return 0
    except KeyboardInterrupt as stop:
        log(f"\nw2v: {str(stop) or 'interrupted'}")
        return 128 + getattr(stop, "signal_number", SIGINT)
    except MemoryError:
        log(_OUT_OF_MEMORY)
        return 2
    except RuntimeError as error:
        if "start new thread" not in str(error):  # Python's word for a thread whose stack there is no memory for
            raise
        log(_OUT_OF_MEMORY)
        return 2
    except (W2VError, OSError) as error:
        log(f"w2v: error: {error}")
        for note in getattr(error, "__notes__", ()):
            log(f"w2v: {note}")
        return 2


# ---- queries ---------------------------------------------------------------------------------------------------------


def nn(args: argparse.Namespace) -> None:
    """Nearest neighbours of a word, or of the sum of several."""
    vectors = _load(args.model)

    def answer(words: list[str]) -> None:
        keys = _keys(words, vectors)
        found = vectors.most_similar(positive=keys, topn=args.topn, restrict_vocab=args.restrict_vocab)
        if len(words) > 1 and not args.json:
            show(f"neighbours of {' + '.join(words)}")
        _show_neighbours(found, args.json)

    answer_all(args.words, answer, "word (or several, for their sum)")


def analogy(args: argparse.Namespace) -> None:
    """a is to b as c is to ?, by the rule b − a + c; or a sum with signs: king - man + woman."""
    vectors = _load(args.model)
    query = vectors.most_similar if args.method == "3cosadd" else vectors.most_similar_cosmul

    def answer(words: list[str]) -> None:
        positive, negative, rule = _analogy_terms(words)
        found = query(
            positive=_keys(positive, vectors),
            negative=_keys(negative, vectors),
            topn=args.topn,
            restrict_vocab=args.restrict_vocab,
        )
        if not args.json:
            show(rule)
        _show_neighbours(found, args.json)
        if not args.json and args.words and "-" not in words:
            a, b, c = words
            show(f"(for {a} − {b} + {c} give the words as: {b} {a} {c}, or write the sum: {a} - {b} + {c})")

    answer_all(args.words, answer, "a b c for b − a + c, or a sum such as king - man + woman")


def _analogy_terms(words: list[str]) -> tuple[list[str], list[str], str]:
    """(positive words, negative words, the rule in words)."""
    if any(word in ("+", "-") for word in words):
        positive: list[str] = []
        negative: list[str] = []
        for sign, word in zip(["+", *words[1::2]], words[0::2], strict=False):
            if sign not in ("+", "-") or word in ("+", "-"):
                raise ConfigError(_SUM_ADVICE)
            (positive if sign == "+" else negative).append(word)
        if len(words) % 2 == 0 or not positive:
            raise ConfigError(_SUM_ADVICE)
        return positive, negative, " ".join(words).replace(" - ", " − ")
    if len(words) != 3:
        given = f"{len(words)} word{'s were' if len(words) > 1 else ' was'} given"
        raise ConfigError(f"an analogy takes three words a b c, or a sum such as king - man + woman; {given}")
    a, b, c = words
    return [b, c], [a], f"{a} is to {b} as {c} is to ?   ({b} − {a} + {c}, the rule b − a + c)"


def _show_neighbours(found: Sequence[tuple[str, float]], as_json: bool) -> None:
    if as_json:
        show(json.dumps([[key, round(score, 6)] for key, score in found], ensure_ascii=False))
        return
    width = max((len(str(key)) for key, _ in found), default=0)
    for key, score in found:
        show(f"  {key!s:<{width}}  {score:.4f}")


def _load(path: str) -> Any:
    from w2v.vectors.keyed_vectors import KeyedVectors

    return KeyedVectors.load(path)


def _keys(words: Sequence[str], vectors: Any) -> list[Any]:
    """Words as the keys they are: a model of integer ids has integers."""
    whole = len(vectors) > 0 and not isinstance(vectors.index_to_key[0], str)
    return [int(word) if whole and word.lstrip("-").isdecimal() else word for word in words]


# ---- eval ------------------------------------------------------------------------------------------------------------


def evaluate(args: argparse.Namespace) -> None:
    """Score vectors on analogy questions, word similarities and labels of words."""
    from w2v.evaluation.probes import evaluate_probe
    from w2v.evaluation.questions import read_labels, read_questions, read_similarity, sniff_evaluation_file
    from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity

    readers: dict[str, Any] = {"analogies": read_questions, "similarity": read_similarity, "labels": read_labels}
    jobs = []
    for path in args.files:  # read all before the first is scored
        kind = sniff_evaluation_file(path)
        jobs.append((path, kind, readers[kind](path)))
    vectors = _load(args.model)
    results = []
    rules = dict(
        restrict_vocab=args.restrict_vocab, case_insensitive=not args.case_sensitive, dummy4unknown=args.dummy4unknown
    )
    for path, kind, items in jobs:
        if kind == "analogies":
            report: Any = evaluate_analogies(
                vectors.index_to_key, vectors.vectors, items, similarity=args.method, **rules
            )
        elif kind == "labels":
            report = evaluate_probe(
                vectors.index_to_key, vectors.vectors, items, args.restrict_vocab, not args.case_sensitive,
                hidden=args.hidden,
            )  # fmt: skip
        else:
            report = evaluate_similarity(vectors.index_to_key, vectors.vectors, items, **rules)
        results.append({"file": os.fspath(path), "kind": kind, **report.to_dict()})
        if not args.json:
            show(f"{path}\n{report}\n")
            flush_results()
    if args.json:
        show(json.dumps({"model": os.fspath(args.model), "results": results}, indent=2, ensure_ascii=False))


# ---- info, convert, download -----------------------------------------------------------------------------------------


def info(args: argparse.Namespace) -> None:
    """What models and corpora hold."""
    from w2v.cli.info import describe_file

    config, text = train_config(args), text_config(args)
    for number, path in enumerate(args.paths):
        if number:
            show()
        for line in describe_file(path, config, text):
            show(line)
            flush_results()


def convert(args: argparse.Namespace) -> None:
    """Read vectors in any format and write them in another."""
    from w2v.formats.table import format_to_read
    from w2v.formats.vector_files import read_vectors, write_vectors

    output, target = output_format(args.output, args.format)
    check_writable(output)
    format_to_read(args.model, args.input_format).verify(args.model)
    table = read_vectors(args.model, args.input_format, args.limit, args.encoding, args.errors)
    write_vectors(output, table, target.name)
    n_words, size = table.vectors.shape
    loses = table.output_vectors is not None and not target.keeps_training
    lost = "; training cannot go on from this format" if loses else ""
    log(f"wrote {n_words:,} x {size} vectors to {output} ({target.name}){lost}")


def plot(args: argparse.Namespace) -> None:
    """Draw the curves of runs from their logs."""
    from w2v.cli.plot import draw

    check_writable(args.output)
    draw(args.logs, args.output)
    log(f"wrote {args.output}")


def download(args: argparse.Namespace) -> None:
    """Fetch a public corpus or evaluation set, or list those known."""
    from w2v.data import datasets

    if args.name:
        show(datasets.download(args.name, args.folder, args.url))
        return
    for name, dataset in sorted(datasets.registry().items()):
        size = f"{dataset.size / 1e6:,.1f} MB" if dataset.size else "size unknown"
        show(f"{name:20} {dataset.kind:11} {size:>14}  {dataset.title} ({dataset.licence})")
