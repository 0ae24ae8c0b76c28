"""The options of every command. Those of `train` are made from `TrainConfig` and `TextConfig`, and the spellings of
word2vec.c, fastText and gensim are understood beside ours.

What only some commands need is imported by the functions that make their options, so that the others start without it.
"""

import argparse
import difflib
import importlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from w2v import __version__
from w2v.cli.field_options import config_options, positive, written_option
from w2v.errors import ConfigError
from w2v.system.files import STDIN

Run = Callable[[argparse.Namespace], None]

_DESCRIPTION = "Train word vectors, ask them for neighbours and analogies, and score them."
_COMMANDS = {
    "train": "train vectors on a corpus",
    "resume": "finish an interrupted training run from its checkpoint",
    "nn": "nearest neighbours of a word; a prompt when no word is given",
    "analogy": "a is to b as c is to ?: the words nearest to b − a + c; a prompt when none are given",
    "eval": "score vectors on analogy questions, word similarity, and labels of words",
    "associate": "test which words stand near which: WEAT on lists of words, places of words on an axis",
    "contexts": "a word as groups of documents use it: its neighbours there, and a test of two groups",
    "align": "turn the vectors of one model into the space of another",
    "compare": "words that two texts, or texts of several times, use otherwise, beside what noise does",
    "stability": "how much of the neighbours another seed would keep, by how common words are",
    "info": "sizes of a model or corpus, what each --min-count would keep, memory and time needed",
    "convert": "read vectors in any format, write them in another",
    "encode": "vectors of documents: the weighted means of those of their words",
    "search": "the documents nearest in meaning to a question",
    "download": "fetch a public corpus or evaluation set; without a name, list them",
    "plot": "draw curves of runs from their logs, and words: plot loss, analogy, heatmap, axis, frequency",
    "explore": "a map of words as a page that opens without a network: search, neighbours, clusters, analogies",
    "phrases": "find words that belong together; join them in texts: phrases apply",
    "classify": "train a text classifier, label documents with it, test it: classify train, predict, test",
}
_GROUPS = ("classify",)  # commands whose first word is a command of its own
_BESIDE = (  # commands whose first word is another command, too
    "phrases apply", "plot loss", "plot analogy", "plot heatmap", "plot axis", "plot frequency",
)  # fmt: skip
_ELSEWHERE = {  # what other tools call a command
    "skipgram": "train --model sg", "cbow": "train --model cbow", "distance": "nn", "similar": "nn",
    "word2phrase": "phrases", "word-analogy": "analogy", "analogies": "analogy", "compute-accuracy": "eval",
}  # fmt: skip
# What only other tools have: (values that leave it off, what to do instead; None = it may have any value).
_NO_WORD_NGRAMS = "w2v trains words and characters' n-grams (--max-n), without n-grams of words; leave it out"
_FOREIGN: dict[str, tuple[tuple[str, ...], str | None]] = {
    "-debug": ((), None), "-verbose": ((), None), "-lrUpdateRate": ((), None),
    "-classes": (("0",), "w2v makes no word classes; leave it out and cluster the vectors that it writes"),
    "-accuracy": ((), "score the vectors when they are trained: w2v eval OUT QUESTIONS"),
    "-wordNgrams": (("0", "1"), _NO_WORD_NGRAMS),
    "-pretrainedVectors": (("",), "training starts from random vectors here; leave it out"),
}  # fmt: skip
# What the forecast of `info` depends on.
_FORECAST = (
    "model", "loss", "vector_size", "window", "shrink_windows", "sample", "negative", "negative_sharing", "epochs",
    "min_count", "max_vocab", "threads",
)  # fmt: skip
_RESTRICT_HELP = "look only among the N commonest words"
_VECTORS_HELP = "a vector file of any format"
_RUNS_HELP = "; a pattern in quotes, 'run-*.w2v', stands for the runs of one model, of which each neighbour is counted"


# ---- reading the command line ----------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Complains by `ConfigError`, in one sentence."""

    def error(self, message: str) -> NoReturn:
        message = re.sub(r"^argument (-[^/:]+|\w+)[^:]*: ", r"\1: ", message)
        raise ConfigError(f"{message}; {self.prog} --help lists all options")


def parse(arguments: Sequence[str], runs: Mapping[str, Run]) -> argparse.Namespace:
    """The options of one command; `.run` is the function that does it. Raises `ConfigError`."""
    first = arguments[0] if arguments else ""
    parser, commands = make_parsers(runs, first)
    if (first in _GROUPS and " ".join(arguments[:2]) in commands) or " ".join(arguments[:2]) in _BESIDE:
        first, arguments = " ".join(arguments[:2]), arguments[1:]
    if first in _GROUPS:  # --help ends here, all else is a mistake
        commands[first].parse_args(arguments[1:2])
        raise ConfigError(f"{first} does one of {', '.join(n for n in commands if n.startswith(f'{first} '))}; name it")
    if first in commands:
        arranged = list(_arranged(arguments[1:], commands[first]))
        found = commands[first].parse_args(arranged)
        found.arguments = arranged
        return found
    if first.startswith("-"):
        parser.parse_known_args(arguments[:1])  # --help and --version end here
        raise ConfigError(f"{first}: put the command first, for example: w2v train {first} ...")
    near = _ELSEWHERE.get(first) or next(iter(difflib.get_close_matches(first, commands, 1)), None)
    said = f"there is no command {first!r}" if first else "no command was given"
    choice = f"choose one of {', '.join(name for name in commands if ' ' not in name)}; w2v --help says what each does"
    raise ConfigError(f"{said}; " + (f"did you mean: w2v {near}?" if near else choice))


def _arranged(arguments: Sequence[str], parser: argparse.ArgumentParser) -> Iterator[str]:
    """Options first, each glued to its value, then the words: argparse alone refuses words on both sides of an option
    and takes `-1e-4` for an option, `-treads` for `-t reads`.
    """
    known = {name: action for action in parser._actions for name in action.option_strings}
    rest, words = list(reversed(arguments)), list[str]()
    while rest:
        argument = rest.pop()
        name, glue, _ = argument.partition("=")
        if argument == "--":
            words += reversed(rest)
            break
        elif argument[:1] != "-" or argument == STDIN or _is_number(argument):
            words.append(argument)
        elif name not in known:
            if argument[:2] not in known or not argument[2:3].isdigit():  # -n5
                raise ConfigError(_unknown_option(name, known, parser.prog))
            yield argument
        elif glue:
            yield argument
        elif isinstance(known[name], argparse.BooleanOptionalAction):  # gensim's --cbow-mean 0
            value = rest.pop() if rest and rest[-1] in ("0", "1") else "1"
            yield name if value == "1" else f"--no-{name[2:]}"
        elif known[name].nargs == 0:
            yield name
        elif not rest or (rest[-1].partition("=")[0] in known and not _is_number(rest[-1])):
            raise ConfigError(f"{name} needs a value; {parser.prog} --help says which")
        else:
            yield f"{name}={rest.pop()}"
            while known[name].nargs == "+" and rest and rest[-1][:1] != "-":
                yield f"{name}={rest.pop()}"
    if words:
        yield "--"
        yield from words


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unknown_option(name: str, known: Mapping[str, Any], prog: str) -> str:
    alike = sorted(known, key=lambda option: option.startswith("--") == name.startswith("--"))  # the last one stays
    bare = {option.lstrip("-").lower().replace("_", "-"): option for option in alike}
    near = difflib.get_close_matches(name.lstrip("-").lower().replace("_", "-"), bare, 1)
    advice = f"did you mean {bare[near[0]]}?" if near else f"{prog} --help lists all options"
    return f"there is no option {name}; {advice}"


# ---- the parsers -----------------------------------------------------------------------------------------------------


def make_parsers(
    runs: Mapping[str, Run], only: str | None = None
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the program, for its help, and one for each command.

    only: the command whose options are wanted; None for those of all. `w2v --help` does not pay for them.
    """
    parser = _Parser(prog="w2v", description=_DESCRIPTION, epilog="w2v COMMAND --help says more of one command")
    parser.add_argument("--version", action="version", version=f"w2v {__version__}")
    table = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands: dict[str, argparse.ArgumentParser] = {}
    for name, text in _COMMANDS.items():
        commands[name] = table.add_parser(name, help=text, description=text, allow_abbrev=False, prog=f"w2v {name}")
        commands[name].set_defaults(run=runs.get(name), notes=())
        if only in (name, None) and name in _OPTIONS:
            _OPTIONS[name](commands[name])
    if only in ("phrases", None):
        from w2v.cli.phrases_command import phrases_options

        commands |= phrases_options(commands["phrases"], table, runs)
    if only in ("plot", None):
        from w2v.cli.plot_command import plot_options

        commands |= plot_options(commands["plot"], table, runs)
    if only is None or only in _GROUPS or not (only in _COMMANDS or only.startswith("-")):
        from w2v.cli.classify_options import classify_options

        commands |= classify_options(commands["classify"], runs)
    return parser, commands


def _train_options(parser: argparse.ArgumentParser) -> None:
    from w2v.cli.autotune import autotune_options
    from w2v.config import BOOTSTRAP_UNITS, PhraseConfig, TextConfig, TrainConfig
    from w2v.formats import table
    from w2v.presets import PRESETS

    parser.usage = "w2v train CORPUS ... [-o OUT] [options]"
    parser.epilog = "Spellings of word2vec.c, fastText and gensim are understood, such as those in square brackets."
    add = parser.add_argument
    add(
        "corpus", nargs="*", metavar="CORPUS", help="files, folders or patterns, compressed or not; - is standard input"
    )
    add("-train", "-input", dest="train_file", metavar="FILE", help=argparse.SUPPRESS)
    usual = table.DEFAULT.suffixes[0]
    add("-o", "--output", metavar="OUT", help=f"where the vectors go; default CORPUS{usual} in this folder. The suffix "
        f"names the format: {table.suffix_help()}; without a suffix {usual} is put after it [-output]")  # fmt: skip
    add("-output", dest="output", help=argparse.SUPPRESS)
    add(
        "--format",
        metavar="NAME",
        help=f"{table.format_names(' or ')}, whatever the suffix [-binary 0|1]",
    )
    add("--save-vocab", metavar="FILE", help="write the vocabulary: lines of word and count [-save-vocab]")
    add("--read-vocab", metavar="FILE", help="take the vocabulary from FILE instead of counting [-read-vocab]")
    add("-save-vocab", dest="save_vocab", help=argparse.SUPPRESS)
    add("-read-vocab", dest="read_vocab", help=argparse.SUPPRESS)
    add("--read-phrases", metavar="FILE", help="join the phrases of FILE, which `w2v phrases` or training wrote")
    add("--cache-dir", metavar="FOLDER", help="where the encoded corpus lies while training (4 to 8 bytes a token)")
    add("--log", metavar="FILE", help="append progress as JSON lines")
    add("--preset", choices=tuple(PRESETS), help="settings under one name, which single options go before: "
        + "; ".join(f"{name}: {one.help}" for name, one in PRESETS.items()))  # fmt: skip
    _postprocess_option(parser)
    autotune_options(parser)
    add("--init", metavar="VECTORS", help="start words that are in this vector file from its vectors")
    add("--freeze-init", action="store_true", help="and leave these as they are")
    add("--compass", metavar="MODEL", help="train the words against those of this .w2v model of all texts, which stay: "
        "the vectors of several texts are in one space then, that of its vectors")  # fmt: skip
    add("--extend", metavar="MODEL", help="go on training a .w2v model on this corpus, whose new words are added; the "
        "model's settings are kept, --epochs and --alpha must be given")  # fmt: skip
    add("--checkpoint", metavar="FILE", help="what `w2v resume` goes on from after an interruption, deleted when the "
        "vectors are saved; default OUT.checkpoint")  # fmt: skip
    add("--checkpoint-every", metavar="HOW-OFTEN", help="a time (30s, 10m, 2h), a share of the run "
        "(5%%) or a number of chunks (200-chunks); default 10m")  # fmt: skip
    add("--runs", type=positive, metavar="N", help="train N times with seeds in a row: OUT-1.w2v, OUT-2.w2v, ..., a "
        "run set, which 'OUT-*.w2v' names for eval, associate, nn, stability and compare")  # fmt: skip
    add("--bootstrap", choices=BOOTSTRAP_UNITS, help="each run of the set draws its text anew: sentences (lines), or "
        "documents (stretches of 1,000 words)")  # fmt: skip
    add("--mean", action="store_true", help="and write the mean of the runs, turned into one space, to OUT")
    _cluster_options(parser.add_argument_group("many machines (docs/scale-out.md)"))
    for names in (("-binary",), ("-cbow", "--cbow"), ("-sg", "--sg"), ("-hs", "--hs")):
        add(*names, type=int, choices=(0, 1), help=argparse.SUPPRESS)
    for name in _FOREIGN:
        add(name, dest="notes", action=_ForeignOption, help=argparse.SUPPRESS)
    config_options(parser.add_argument_group("model and training"), TrainConfig)
    config_options(parser.add_argument_group("text"), TextConfig)
    config_options(parser.add_argument_group("phrases"), PhraseConfig)


def _resume_options(parser: argparse.ArgumentParser) -> None:
    from w2v.config import TrainConfig

    add = parser.add_argument
    add("checkpoint", metavar="CHECKPOINT", help="the file that the interrupted run named, or the --work-dir of one "
        "on a cluster")  # fmt: skip
    add("-o", "--output", metavar="OUT", help="where the vectors go; default: as the run would have, if that is in the "
        "checkpoint's folder")  # fmt: skip
    add("--corpus", action="append", metavar="PATH", help="where the corpus is now, if it was moved; once for each "
        "path that the run was given")  # fmt: skip
    add("--log", metavar="FILE", help="go on with this log; default: that of the run, if it is in that folder")
    add("--cluster", metavar="ADDRESS", help="of a run on a cluster, whose --work-dir is named in place of a "
        "checkpoint: another to go on with")  # fmt: skip
    config_options(parser, TrainConfig, ["threads"])


def _cluster_options(add_to: Any) -> None:
    add = add_to.add_argument
    add("--cluster", metavar="ADDRESS", help="train on the machines of a cluster: tcp://HOST:8786 or the scheduler's "
        ".json file (Dask), ray:ADDRESS (Ray), local:N for N processes here")  # fmt: skip
    add("--work-dir", metavar="FOLDER", help="a folder that all machines share: what `w2v resume FOLDER` goes on from, "
        "emptied in the end")  # fmt: skip
    add("--slices", type=positive, metavar="N", help="train so many parts side by side and combine what they change; "
        "default one a worker")  # fmt: skip
    add("--rounds", type=positive, metavar="N", help="combine so often in an epoch (default 50)")
    add("--gain", type=float, metavar="G", help="what several slices multiply the learning rate with (default 2)")


class _ForeignOption(argparse.Action):
    """Refuses, or passes over with a note, an option that only other tools have."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, value: Any, option: str | None = None) -> None:
        assert option is not None
        off, advice = _FOREIGN[option]
        if advice is not None and value not in off:
            raise ConfigError(f"{option} {value}: {advice}")
        namespace.notes = (*namespace.notes, f"{option} {value} has no effect here")


def _query_options(parser: argparse.ArgumentParser, words_help: str, runs: bool = False) -> None:
    parser.add_argument("model", metavar="MODEL", help=_VECTORS_HELP + _RUNS_HELP * runs)
    parser.add_argument("words", nargs="*", metavar="WORD", help=words_help)
    parser.add_argument("-n", "--topn", type=positive, default=10, metavar="N", help="how many to show (default 10)")
    parser.add_argument("--restrict-vocab", type=positive, metavar="N", help=_RESTRICT_HELP)
    parser.add_argument(
        "--json",
        action="store_true",
        help="print JSON, a line for each question: its query and neighbours, or an error",
    )
    parser.add_argument(
        "--show-ngrams", action="store_true", help="of a word that is not in the vocabulary, name the n-grams used"
    )
    written_option(parser)


def _nn_options(parser: argparse.ArgumentParser) -> None:
    _query_options(parser, "a word, or several for their sum: king - man + woman", runs=True)
    parser.add_argument("--approx", action="store_true", help="ask the index MODEL.ann, which is made where it is not "
        "there: for large models, whose nearest words it nearly always finds")  # fmt: skip


def _analogy_options(parser: argparse.ArgumentParser) -> None:
    _query_options(parser, "three words a b c, or a sum: king - man + woman")
    _method_option(parser)


def _method_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method", choices=("3cosadd", "3cosmul"), default="3cosadd", help="analogy rule (default 3cosadd)"
    )


def _info_options(parser: argparse.ArgumentParser) -> None:
    from w2v.config import TextConfig, TrainConfig

    parser.usage = "w2v info PATH ... [options]"
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="vectors, a classifier or a corpus; - is standard input"
    )
    group = parser.add_argument_group("for a corpus", "settings that the forecast of memory and time depends on")
    config_options(group, TrainConfig, _FORECAST)
    config_options(parser.add_argument_group("text of a corpus"), TextConfig)


def _convert_options(parser: argparse.ArgumentParser) -> None:
    from w2v.formats import table
    from w2v.formats.small import DTYPES

    names = table.format_names(" or ")
    parser.add_argument("model", metavar="IN", help=_VECTORS_HELP)
    parser.add_argument(
        "output", metavar="OUT", help=f"the new file; its suffix names the format: {table.suffix_help()}; and to hand "
        f"on only: {table.suffix_help(table.WRITE_ONLY)}"
    )  # fmt: skip
    parser.add_argument("--weights", choices=("uniform", "sif"), default="uniform", help="sif: fold the weight of each "
        "word into its vector, so that the plain mean of a text's vectors is its SIF mean")  # fmt: skip
    parser.add_argument("--scores", metavar="FILE", help="what `w2v eval --json` wrote, for the model card")
    parser.add_argument("--format", metavar="NAME", help="format of OUT: "
        f"{table.format_names(more=table.WRITE_ONLY)}")  # fmt: skip
    parser.add_argument("--input-format", metavar="NAME", help=f"format of IN: {names}; default: told by its bytes")
    parser.add_argument(
        "--limit", "--max-words", type=positive, metavar="N",
        help="take only the first N words; n-grams stay, and make the vectors of others",
    )  # fmt: skip
    parser.add_argument(
        "--dtype", choices=DTYPES, help="a small .w2v file, to ask and not to train, in numbers of this kind"
    )
    parser.add_argument(
        "--prune-buckets", type=positive, metavar="N", help="the same with the N n-grams of the longest vectors"
    )
    _postprocess_option(parser)
    parser.add_argument(
        "--trained", action="store_true", help="first undo the steps that were taken: the vectors as training left them"
    )
    parser.add_argument("--encoding", default="utf-8", metavar="NAME", help="of the words in IN (default utf-8)")
    parser.add_argument(
        "--errors", choices=("strict", "replace", "ignore"), default="strict", help="for words that cannot be decoded"
    )


def _postprocess_option(parser: argparse.ArgumentParser) -> None:
    from w2v.vectors.steps import STEPS, usage

    parser.add_argument("--postprocess", metavar="STEP,...", help="change the vectors, one step after the "
        f"other; a .w2v file keeps the trained ones beside them: {', '.join(map(usage, STEPS))}")  # fmt: skip


def _download_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--folder", help="where to keep it; default: the user's cache folder, or $W2V_DATA")
    parser.add_argument("--url", help="fetch from a mirror; the checksum must be the same")


def _late(file: str, function: str) -> Callable[[argparse.ArgumentParser], None]:
    """A function of another file, which is imported when it is called."""

    def add(parser: argparse.ArgumentParser) -> None:
        getattr(importlib.import_module(f"w2v.cli.{file}"), function)(parser)

    return add


# In another file under its own name: that of the command and `_options`.
_IN_FILES = {
    "evaluation_options": ("eval", "associate", "contexts", "align", "compare", "stability"),
    "document_options": ("encode", "search"),
    "explore_command": ("explore",),
}
_OPTIONS = {
    "train": _train_options, "resume": _resume_options, "nn": _nn_options, "analogy": _analogy_options,
    "info": _info_options, "convert": _convert_options, "download": _download_options,
    **{name: _late(file, f"{name}_options") for file, names in _IN_FILES.items() for name in names},
}  # fmt: skip
