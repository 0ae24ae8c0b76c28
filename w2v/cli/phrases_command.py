"""`w2v phrases` and `w2v phrases apply`: words that belong together, found in a corpus and joined in texts."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from w2v.cli.field_options import config_options
from w2v.cli.settings import corpus_paths, phrase_config, text_config, train_config
from w2v.errors import ConfigError, CorpusError
from w2v.system.console import log, show
from w2v.system.files import STDIN, atomic_writer, check_outputs, decompressing_reader, standard_input

_TEXT_SETTINGS = ("lower", "nfc", "tokenize", "encoding", "errors", "text_column")
_APPLY = "join the phrases of a model in texts, line by line"


def phrases_options(
    parser: argparse.ArgumentParser, table: Any, runs: Mapping[str, Callable[[argparse.Namespace], None]]
) -> dict[str, argparse.ArgumentParser]:
    """Make the options of `w2v phrases`, and the parser of `w2v phrases apply`, which is returned by its name."""
    from w2v.config import PhraseConfig, TextConfig, TrainConfig

    parser.usage = "w2v phrases CORPUS ... -o FILE [options]\n       w2v phrases apply MODEL [TEXT ...] [-o OUT]"
    add = parser.add_argument
    add(
        "corpus", nargs="*", metavar="CORPUS", help="files, folders or patterns, compressed or not; - is standard input"
    )
    add("-o", "--output", metavar="FILE", required=True, help="where the phrases go, as JSON")
    add("--cache-dir", metavar="FOLDER", help="where the encoded corpus lies meanwhile (8 bytes a token)")
    parser.set_defaults(train_file=None)
    config_options(parser.add_argument_group("phrases"), PhraseConfig)
    config_options(parser, TrainConfig, ["threads"])
    config_options(parser.add_argument_group("text"), TextConfig, _TEXT_SETTINGS)
    one = table.add_parser("phrases apply", description=_APPLY, allow_abbrev=False, prog="w2v phrases apply")
    one.set_defaults(run=runs.get("phrases apply"), notes=())
    one.add_argument("model", metavar="MODEL", help="what `w2v phrases` wrote, or vectors trained with --phrases")
    one.add_argument("texts", nargs="*", metavar="TEXT", help="files, compressed or not; - is standard input (default)")
    one.add_argument("-o", "--output", metavar="OUT", help="where the joined text goes; default: standard output")
    config_options(one, TextConfig, ["encoding"])
    return {"phrases apply": one}


def phrases(args: argparse.Namespace) -> None:
    """Corpus → phrases, as a file."""
    from w2v.corpus.encode import look_at_corpus
    from w2v.corpus.sources import expand_paths
    from w2v.phrases.learning import PhraseStep
    from w2v.training.bar import Bar
    from w2v.training.listeners import Progress
    from w2v.training.reading import shown_reading

    paths, text, n_threads = corpus_paths(args), text_config(args), train_config(args).n_threads
    if args.phrases == 0:
        raise ConfigError("--phrases 0 finds none; give the number of passes, at least 1")
    config = phrase_config(args, default=1)
    check_outputs([args.output], expand_paths(paths), "it is part of the corpus")
    began = time.monotonic()
    step = PhraseStep(config, text, n_threads)
    progress = Bar() if sys.stderr.isatty() else Progress()
    with shown_reading(progress, paths, text):
        _, ledger = look_at_corpus(paths, text, step, n_threads, args.cache_dir, progress.read)
    n_joined = sum(found.n_joined for found in step.passes)
    assert step.model is not None
    step.model.save(args.output)
    for number, found in enumerate(step.passes, 1):
        common = ", ".join(f"{phrase} {count:,}" for phrase, count in found.commonest)
        show(f"pass {number}: {found}")
        show(f"  commonest: {common}" if common else "  none; lower --phrases-threshold finds more")
    show(f"tokens read {ledger.n_read:,} = left {ledger.n_stream - n_joined:,} + joined {n_joined:,} + undecodable "
         f"{ledger.n_undecodable:,}")  # fmt: skip
    log(f"wrote {args.output} after {time.monotonic() - began:.1f} s")


def apply(args: argparse.Namespace) -> None:
    """Join the phrases of a model in texts."""
    from w2v.phrases.files import load_phrases

    model, texts = load_phrases(args.model), args.texts or [STDIN]
    if not args.output:
        for line in _joined(model, texts, args.encoding):
            sys.stdout.write(line)
        return
    check_outputs([args.output], [args.model, *(text for text in texts if text != STDIN)], "it is read")
    with atomic_writer(args.output) as file:
        file.writelines(line.encode("utf-8", "surrogatepass") for line in _joined(model, texts, args.encoding))


def _joined(model: Any, texts: list[str], encoding: str | None) -> Iterator[str]:
    """The lines of texts, their phrases joined. Raises `CorpusError` for a line that cannot be decoded."""
    for text in texts:
        with decompressing_reader(text, standard_input() if text == STDIN else None) as stream:
            for line in _lines(text, stream, encoding or "utf-8"):
                yield " ".join(model.joined_text(line)) + "\n"


def _lines(name: str, stream: IO[bytes], encoding: str) -> Iterator[str]:
    import io

    try:
        lines = io.TextIOWrapper(stream, encoding, newline="\n")
        yield from lines
        lines.detach()  # or it would close the stream, whose reader looks at it once more
    except UnicodeError as error:
        why = getattr(error, "reason", error)
        raise CorpusError(f"{name} cannot be decoded as {encoding} ({why}); name its --encoding") from error
    except LookupError as error:
        raise ConfigError(f"unknown encoding {encoding!r}; give a name that Python knows, such as utf-8") from error
