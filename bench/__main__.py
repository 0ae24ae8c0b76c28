"""Measure w2v beside other programs, in alternating rounds; print a table, and keep the results if asked.

    python -m bench quick corpus.txt                              the main ratios in less than three minutes
    python -m bench training reading corpus.txt --rounds 5        some sections
    python -m bench training corpus.txt --only sg-ns cbow-ns-300-1 cbow-hs-64-1
    python -m bench all corpus.txt --eval questions-words.txt wordsim353.tsv \\
        --peer word2vec.c=/path/to/word2vec -o bench/RESULTS.md --json bench/results.json
"""

import argparse
import importlib
import sys
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.peers import PEERS, parse_peer
from bench.record import Results, describe_run
from bench.sides import FAILURES, SideError, markdown, say
from bench.texts import Texts

SECTIONS = {
    "machine": "The machine and the kernel",
    "training": "Training",
    "reading": "Reading a corpus",
    "start": "Starting",
    "files": "Vector files",
    "queries": "Queries and evaluation",
    "memory": "Memory",
    "whole": "A whole run",
    "accuracy": "Accuracy",
    "subwords": "Subwords",
    "small": "Small models",
    "classify": "Text classification",
    "phrases": "Phrases",
    "growth": "Growth",
    "encode": "Documents to vectors",
    "neighbours": "An index of neighbours",
    "pareto": "Score against seconds",
}
_ALONE = ("subwords", "small", "classify", "phrases", "growth", "encode", "neighbours", "pareto")
ALL = [name for name in SECTIONS if name not in _ALONE]
QUICK = {
    "machine": ["limits", "sg-ns-300-1"],
    "training": ["sg-ns-300-1", "cbow-ns-300-1", "sg-hs-200-1"],
    "reading": [],
    "queries": ["analogies"],
}


def main(words: list[str] | None = None) -> int:
    """Run the driver; returns the exit code, 1 when a section could not be measured."""
    parser = make_parser()
    args = parser.parse_args(words)
    try:
        sections = prepare(args)
    except SideError as error:
        parser.error(str(error))
    results = Results.load(args.json)
    results.runs.append(describe_run(args.corpus, args.rounds))
    failed = False
    with ExitStack() as files:
        folder = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=args.folder)))
        args.texts = Texts(args.corpus, folder, files)
        try:
            for section in sections:
                failed |= not run_section(section, args, results)
        except KeyboardInterrupt:
            say("interrupted; the rows that were measured are kept")
            return 130
    return int(failed)


def run_section(section: str, args: argparse.Namespace, results: Results) -> bool:
    """Measure a section; print and keep each row as it comes. False if it could not be measured."""
    say(f"section {section}")
    asked, found = args.only, []
    if args.quick:
        args.only = QUICK[section]
    try:
        for row in importlib.import_module(f"bench.{section}").measure(args):
            found.append(row)
            results.add(section, row)
            keep(args, results)
    except FAILURES as error:
        say(f"section {section} ends here: {error}")
        return False
    finally:
        args.only = asked
        if found:
            print(f"## {SECTIONS[section]}\n\n{markdown(found)}", flush=True)
    if not asked and not args.quick:
        results.finish(section)
        keep(args, results)
    return True


def keep(args: argparse.Namespace, results: Results) -> None:
    """Write the files that were asked for."""
    if args.json:
        results.save(args.json)
    if args.output:
        args.output.write_text(results.document(SECTIONS), encoding="utf-8")


def prepare(args: argparse.Namespace) -> list[str]:
    """Check the command line and fill in what follows from it; returns the sections. Raises `SideError`."""
    *sections, corpus = args.words
    if corpus in (*SECTIONS, "quick", "all") and not Path(corpus).is_file():
        raise SideError("name the corpus after the sections: a plain text file")
    unknown = [name for name in sections if name not in (*SECTIONS, "quick", "all")]
    if unknown:
        raise SideError(f"there is no section {unknown[0]!r}; choose from {', '.join(SECTIONS)}, quick, all")
    if not sections:
        raise SideError(f"name a section before the corpus: {', '.join(SECTIONS)}, quick or all")
    args.corpus = Path(corpus)
    if not args.corpus.is_file():
        raise SideError(f"there is no file {corpus}; give a plain text file as the corpus")
    if (args.output and not args.json) and Path(args.output).exists():
        raise SideError("give --json too, so that -o can show the results of earlier runs beside the new ones")
    args.peers = [parse_peer(text) for text in args.peer]
    args.gensim = "gensim" not in args.without and find_spec("gensim") is not None
    args.wheel = "fasttext-wheel" not in args.without and find_spec("fasttext") is not None
    args.wheel &= all(external.peer.name != "fasttext" for external in args.peers)
    args.quick = "quick" in sections
    if args.quick:
        args.rounds, args.slice_words = args.rounds or 3, args.slice_words or 500_000
        args.peers, args.wheel = [], False
        args.memory_mb = min(args.memory_mb, 512)
        return list(QUICK)
    args.rounds, args.slice_words = args.rounds or 5, args.slice_words or 1_500_000
    return ALL if "all" in sections else [name for name in SECTIONS if name in sections]


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        "python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add: Any = parser.add_argument
    add(
        "words",
        nargs="+",
        metavar="SECTION ... CORPUS",
        help=f"{', '.join(SECTIONS)}; quick; all (without {', '.join(_ALONE)})",
    )
    add("--rounds", type=positive, help="alternating rounds (default 5; quick 3)")
    add("--slice-words", type=positive, help="words trained on in a round (default 1,500,000; quick 500,000)")
    add(
        "--only", nargs="+", default=[], metavar="ROW", help="rows whose key begins so: sg-ns, cbow-hs-200-2, help, ..."
    )
    add("--peer", action="append", default=[], metavar="NAME=PATH", help=f"an external program: {', '.join(PEERS)}")
    add("--without", nargs="+", default=[], choices=("gensim", "fasttext-wheel"), help="leave out a peer from PyPI")
    add("-o", "--output", type=Path, metavar="FILE", help="write the results as Markdown")
    add("--json", type=Path, metavar="FILE", help="keep the results here; rows that are not measured anew stay")
    add("--folder", help="where temporary files go (up to some 3 GB)")
    group = parser.add_argument_group("sections")
    add = group.add_argument
    add("--peer-threads", nargs="+", type=positive, default=[1], help="threads at which external programs are trained")
    add("--peer-seconds", type=float, default=8.0, help="how long the timed epochs of an external program last")
    add("--older-processor", action="store_true", help="training: the main rows without AVX-512 as well")
    add("--memory-mb", type=positive, default=1024, help="machine: size of the tables")
    add("--start-words", type=positive, default=400_000, help="start: words of the model that is asked")
    add("--file-words", type=positive, default=400_000, help="files: words of the vectors")
    add("--model", type=Path, metavar="FILE", help="encode, neighbours: the vectors")
    add("--neighbour-words", nargs="+", type=positive, default=[100_000], help="neighbours: words of the index")
    add("--neighbour-size", type=positive, default=300, help="neighbours: columns, at least those of the model")
    add("--query-words", type=positive, default=1_000_000, help="queries: words of the vectors")
    add("--memory-beside", nargs="+", default=list(PEERS), metavar="NAME", help="memory: external programs to run")
    add("--whole-rounds", type=positive, default=2, help="whole: rounds")
    add("--whole-beside", nargs="+", default=["pWord2Vec"], metavar="NAME", help="whole: peers to run, or gensim")
    add(
        "--eval",
        nargs="+",
        default=[],
        metavar="FILE",
        help="accuracy, pareto: analogy questions and word similarity files",
    )
    add("--seeds", nargs="+", type=int, default=[1, 2, 3], help="accuracy, pareto: one run for each")
    add("--vectors", nargs="+", default=[], metavar="[ROW=]FILE,FILE", help="accuracy: gensim's vectors of a row, one "
        "file a seed, instead of training it; without a row, files to be scored")  # fmt: skip
    sharing = ("block", "window", "pair")
    add("--sharing", nargs="+", choices=sharing, default=["block"], help="accuracy: negatives drawn per")
    add("--updates", nargs="+", choices=("word2vec", "corrected"), default=["word2vec"], help="accuracy: CBOW updates")
    add("--alpha", type=float, help="accuracy, subwords: the learning rate of ours")
    add("--labelled", nargs=2, metavar=("TRAIN", "TEST"), help="classify: files of lines that begin with __label__NAME")
    add("--models", type=Path, metavar="FOLDER", help="subwords: where trained vectors are kept and taken from")
    add("--epochs", type=positive, default=5, help="subwords, small: epochs (fastText's default: 5)")
    add("--growth-words", type=positive, default=1_000_000, help="growth: words of a point; up to 8 times as many")
    add("--plots", type=Path, metavar="FOLDER", help="growth, pareto: draw the curves there")
    add("--growth-json", type=Path, metavar="FILE", help="growth: also write the points")
    add("--points", type=Path, metavar="FILE", help="pareto: what is kept of each run, and not run again")
    add("--patience", type=float, default=120.0, metavar="SECONDS", help="pareto: what takes longer gets one seed")
    return parser


def positive(text: str) -> int:
    """A whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
