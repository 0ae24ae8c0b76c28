"""The options of `eval`, `associate`, `contexts`, `align`, `compare` and `stability`."""

import argparse

from w2v.cli.field_options import positive, written_option


def eval_options(parser: argparse.ArgumentParser) -> None:
    """Of `w2v eval`."""
    add = parser.add_argument
    parser.usage = "w2v eval MODEL [MODEL ...] FILE [FILE ...] [options]"
    add("model", metavar="MODEL", help="a vector file of any format; of several, each two are compared. A pattern in "
        "quotes, 'run-*.w2v', stands for the runs of one model")  # fmt: skip
    add("files", nargs="+", metavar="FILE", help="evaluation files: analogies (questions-words.txt, MSR, a folder of "
        "BATS), word similarity, questions with a choice (SAT, TOEFL), words and their labels (a probe, and clusters), "
        "outliers (8-8-8), rated relations (a folder of SemEval-2012 Task 2)")  # fmt: skip
    _runs_option(parser)
    add("--restrict-vocab", type=positive, default=300_000, metavar="N", help="look only among the N commonest words "
        "(default 300,000)")  # fmt: skip
    add("--method", choices=("3cosadd", "3cosmul"), default="3cosadd", help="analogy rule (default 3cosadd)")
    written_option(parser)
    add("--case-sensitive", action="store_true", help="king and King are different words")
    add("--dummy4unknown", action="store_true", help="count questions with unknown words as wrong, pairs as 0")
    add("--hidden", type=positive, default=0, metavar="N", help="read labels of words with a hidden layer of N neurons")
    add("--resamples", type=positive, default=10_000, metavar="N", help="of the questions, for the intervals (default "
        "10,000)")  # fmt: skip
    add("--over", choices=("pairs", "questions"), default="pairs", help="of analogies, resample the pairs of "
        "words in them (what other pairs would give), or the questions (narrower: others about these pairs); default "
        "pairs")  # fmt: skip
    add("--seed", type=int, default=1, metavar="N", help="of the resamples (default 1)")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print JSON")
    forms.add_argument("--markdown", action="store_true", help="print tables in Markdown")
    forms.add_argument("--latex", action="store_true", help="print tables in LaTeX (booktabs)")


def associate_options(parser: argparse.ArgumentParser) -> None:
    """Of `w2v associate`."""
    add = parser.add_argument
    parser.usage = "w2v associate MODEL [MODEL ...] LISTS ... | --axis 'she - he' MODEL [MODEL ...] WORD ..."
    add("model", metavar="MODEL", help="a vector file of any format, or several; a pattern in quotes, 'run-*.w2v', "
        "stands for the runs of one model")  # fmt: skip
    add("rest", nargs="+", metavar="LISTS", help="files of lines `name: word, word, ...`: two lists of targets and two "
        "of attributes (WEAT), or one of words and two of attributes (SC-WEAT)")  # fmt: skip
    add("--axis", metavar="WORDS", help="show where the words given stand between two: 'she - he', or several pairs, "
        "'she - he, woman - man'")  # fmt: skip
    _runs_option(parser)
    add("--max-missing", type=float, default=0.2, metavar="SHARE", help="of a list that may be unknown (default 0.2)")
    _parting_options(parser, "words into groups", 100_000)
    written_option(parser)
    add("--json", action="store_true", help="print JSON")


def contexts_options(parser: argparse.ArgumentParser) -> None:
    """Of `w2v contexts`."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a vector file of any format")
    add("word", metavar="WORD", help="the word whose contexts are compared")
    add("groups", nargs="+", metavar="DOCUMENTS", help="a file of documents, one a line; two are compared")
    add("--corpus", action="append", metavar="FILE", help="more text of the model's kind, to fit the transformation "
        "to; may be given several times")  # fmt: skip
    add("--window", type=positive, default=5, metavar="N", help="words on each side that are a context (default 5)")
    add("--min-count", type=positive, default=10, metavar="N", help="fit to words that occur so often (default 10)")
    add("-n", "--topn", type=positive, default=10, metavar="N", help="how many neighbours to show (default 10)")
    add("--restrict-vocab", type=positive, metavar="N", help="look only among the N commonest words")
    _parting_options(parser, "documents into two groups", 10_000)
    written_option(parser)
    add("--json", action="store_true", help="print JSON")


def align_options(parser: argparse.ArgumentParser) -> None:
    """Of `w2v align`."""
    from w2v.formats import table

    add = parser.add_argument
    add("old", metavar="OLD", help="a vector file of any format, whose space stays")
    add("new", metavar="NEW", help="a vector file, whose vectors are turned")
    add("-o", "--output", metavar="OUT", help="where NEW goes, turned; without it only the check is shown. The suffix "
        f"names the format: {table.suffix_help()}")  # fmt: skip
    add("--format", metavar="NAME", help=f"format of OUT: {table.format_names(' or ')}")
    add("--anchors", type=positive, default=20_000, metavar="N", help="align by the N commonest shared words (default "
        "20,000)")  # fmt: skip
    add("--seed", type=int, default=1, metavar="N", help="of the parts that are left out in turn (default 1)")
    add("--json", action="store_true", help="print JSON")


def compare_options(parser: argparse.ArgumentParser) -> None:
    """Of `w2v compare`."""
    add = parser.add_argument
    parser.usage = "w2v compare OLD NEW [LATER ...] [options]"
    add("old", metavar="OLD", help="a vector file of any format, or a pattern in quotes, 'old-*.w2v', for its runs")
    add("new", nargs="*", metavar="NEW", help="the same of another text; of several times, the first and the last are "
        "compared, and the steps between are shown")  # fmt: skip
    add("-n", "--topn", type=positive, default=50, metavar="N", help="how many words to show (default 50)")
    add("--words", action="append", metavar="WORDS", help="show these, with commas between, instead of those that have "
        "moved most")  # fmt: skip
    add("--min-count", type=positive, default=20, metavar="N", help="compare words that occur so often in each text "
        "(default 20)")  # fmt: skip
    add("--anchors", type=positive, default=20_000, metavar="N", help="align by the N commonest shared words (default "
        "20,000)")  # fmt: skip
    add(
        "--aligned", action="store_true", help="the models are in one space already: trained with --compass, or aligned"
    )
    add(
        "--neighbours", type=positive, default=10, metavar="N", help="how many nearest words are looked at (default 10)"
    )
    add("-o", "--output", metavar="PICTURE", help="draw the words' ways there: a .png, .svg or .pdf file")
    add("--json", action="store_true", help="print JSON")


def stability_options(parser: argparse.ArgumentParser) -> None:
    """Of `w2v stability`."""
    add = parser.add_argument
    add("model", metavar="SET", help="a pattern in quotes, 'run-*.w2v', or the files of the runs")
    add("more", nargs="*", metavar="RUN", help=argparse.SUPPRESS)
    add("-k", type=positive, action="append", metavar="N", help="how many nearest words are compared; may be given "
        "several times (default 1, 10, 50)")  # fmt: skip
    add("--asked", type=positive, default=500, metavar="N", help="words of each band that are asked (default 500)")
    add("--restrict-vocab", type=positive, metavar="N", help="look only among the N commonest words")
    add("--seed", type=int, default=1, metavar="N", help="of the words that are drawn (default 1)")
    add("--json", action="store_true", help="print JSON")


def _runs_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", action="store_true", help="all models are runs of one: mean and deviation over them")


def _parting_options(parser: argparse.ArgumentParser, what: str, n: int) -> None:
    """Of a permutation test. what: is parted. n: how often by default."""
    parser.add_argument("--partings", type=positive, default=n, metavar="N", help=f"of the {what}, drawn where there "
        f"are more than 200,000 (default {n:,})")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the partings (default 1)")
