"""`w2v info`, `convert` and `download`: files."""

import argparse
from typing import Any

from w2v.cli.settings import output_format, text_config, train_config
from w2v.errors import ConfigError
from w2v.system.console import flush_results, log, show
from w2v.system.files import check_new_folder, check_writable


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
    from w2v.formats.card import SCORES, read_scores
    from w2v.formats.small import small
    from w2v.formats.table import DEFAULT, format_to_read
    from w2v.formats.vector_files import read_vectors, write_vectors

    output, target = output_format(args.output, args.format)
    if args.scores and not target.is_folder:
        raise ConfigError(f"--scores are for the model card in the folder of --format model2vec, and {output} is "
                          f"{target.name}; leave them out")  # fmt: skip
    (check_new_folder if target.is_folder else check_writable)(output)
    format_to_read(args.model, args.input_format).verify(args.model)
    table = read_vectors(args.model, args.input_format, args.limit, args.encoding, args.errors)
    is_trained = table.output_vectors is not None
    if args.trained or args.postprocess:
        table = changed(table, args.postprocess or "", args.trained)
    if args.weights == "sif":
        table = weighted(table)
    if args.scores:
        table = table._replace(metadata={**table.metadata, SCORES: read_scores(args.scores)})
    if args.dtype is not None or args.prune_buckets is not None:
        if target is not DEFAULT:
            raise ConfigError(
                f"--dtype and --prune-buckets make a .w2v file, and {output} is {target.name}; leave them out"
            )
        table = small(table, args.dtype, prune_buckets=args.prune_buckets)
    write_vectors(output, table, target.name)
    n_words, size = table.vectors.shape
    loses = is_trained and not (target.keeps_training and target.goes_on(table))
    lost = "; training cannot go on from this file" if loses else ""
    log(f"wrote {n_words:,} x {size} vectors to {output} ({target.name}){lost}")


def changed(table: Any, steps: str, trained: bool = False) -> Any:
    """The table with steps of post-processing taken, from the vectors as they are or as training left them."""
    from w2v.vectors.subword_vectors import vectors_of

    vectors = vectors_of(table)
    return (vectors.trained() if trained else vectors).postprocess(steps).to_table()


def weighted(table: Any) -> Any:
    """The table with each vector times its word's SIF weight, so that their plain mean is a mean by these weights."""
    from w2v.documents.means import sif_weights
    from w2v.formats.format import MADE_UP_COUNTS

    if table.counts is None or MADE_UP_COUNTS.items() <= table.metadata.items():
        raise ConfigError("SIF weights come from the counts of words, which these vectors do not carry; leave them out")
    weights = sif_weights(table.counts, table.counts.sum())
    steps = ", ".join(filter(None, [table.metadata.get("postprocessing"), "times SIF weights"]))
    return table._replace(
        vectors=table.vectors * weights[:, None], output_vectors=None, trained_vectors=None, input_rows=None,
        ngram_buckets=None, row_offsets=None, row_ids=None, row_shares=None, row_change_shares=None,
        metadata={**table.metadata, "postprocessing": steps},
    )  # fmt: skip


def download(args: argparse.Namespace) -> None:
    """Fetch a public corpus or evaluation set, or list those known."""
    from w2v.data import datasets

    if args.name:
        show(datasets.download(args.name, args.folder, args.url))
        return
    for name, dataset in sorted(datasets.registry().items()):
        size = f"{dataset.size / 1e6:,.1f} MB" if dataset.size else "size unknown"
        show(f"{name:20} {dataset.kind:11} {size:>14}  {dataset.title} ({dataset.licence})")
