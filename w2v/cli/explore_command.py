"""`w2v explore`: a map of words, as a page or for other programs."""

import argparse
import os
import time
from pathlib import Path

from w2v.cli.field_options import positive, whole
from w2v.errors import ConfigError
from w2v.evaluation.questions import read_labels
from w2v.formats.card import SCORES, read_scores
from w2v.maps.atlas import check_arrow, write_atlas
from w2v.maps.layout import LAYOUTS, check_layout
from w2v.maps.page import plotly_code, write_page
from w2v.maps.projector import make_folder, projector_files, write_projector
from w2v.maps.word_map import MOST_WORDS, WordMap, make_map
from w2v.system.console import log
from w2v.system.files import check_outputs
from w2v.vectors.keyed_vectors import KeyedVectors


def explore_options(parser: argparse.ArgumentParser) -> None:
    """The options of `w2v explore`."""
    add = parser.add_argument
    add("models", nargs="+", metavar="MODEL", help="vectors of any format; of two, the maps lie side by side")
    add("-o", "--output", required=True, metavar="OUT", help="map.html: a page that opens without a network; "
        "map.parquet: a table for Apple's Embedding Atlas; FOLDER/: TSV files for TensorBoard's projector")  # fmt: skip
    add("--max-words", type=positive, default=20_000, metavar="N", help="the N commonest words, "
        f"{MOST_WORDS:,} at most (default 20,000)")  # fmt: skip
    add("--layout", choices=LAYOUTS, help="principal components, or UMAP, which needs the extra explore and is the "
        "default where that is installed")  # fmt: skip
    add("--clusters", type=positive, default=24, metavar="N", help="how many groups of words (default 24)")
    add("--labels", metavar="FILE", help="colours from a file: lines of a word and its label")
    add("--scores", metavar="FILE", help="what `w2v eval --json` found, for the card of a page's model")
    add(
        "--seed",
        type=whole,
        default=1,
        metavar="N",
        help="of layout and clusters: the same seed, the same map (default 1)",
    )


def explore(args: argparse.Namespace) -> None:
    """Make the map of one model, or of two, and write it."""
    began, kind = time.monotonic(), _kind(args)
    if args.max_words > MOST_WORDS:
        raise ConfigError(f"--max-words {args.max_words}: a map has {MOST_WORDS:,} words at most; give fewer")
    if len(args.models) > (2 if kind == "page" else 1):
        most = "a page shows two models" if kind == "page" else "such a file holds one model"
        raise ConfigError(f"{len(args.models)} models were given, and {most} at most; give fewer")
    if args.scores and (kind != "page" or len(args.models) > 1):
        raise ConfigError("--scores are for the card of a page's one model; leave them out")
    check_layout(args.layout)
    inputs = [*args.models, *filter(None, [args.labels, args.scores])]
    if kind == "folder":
        make_folder(args.output)
    check_outputs(projector_files(args.output) if kind == "folder" else [args.output], inputs, "it is read")
    plotly = ""
    if kind == "page":
        plotly = plotly_code()
    elif kind == "table":
        check_arrow()
    labels = dict(read_labels(args.labels)) if args.labels else None
    scores = {SCORES: read_scores(args.scores)} if args.scores else {}
    maps: list[WordMap] = []
    for path, name in zip(args.models, _names(args.models), strict=True):
        vectors = KeyedVectors.load(path)
        vectors.metadata = {**vectors.metadata, **scores}
        maps.append(make_map(
            vectors, name, max_words=args.max_words, layout=args.layout, n_clusters=args.clusters,
            labels=labels, seed=args.seed, beside=maps[0] if maps else None,
        ))  # fmt: skip
    written = _write(kind, args.output, maps, plotly)
    log(f"wrote {written} after {time.monotonic() - began:.0f} s")


def _kind(args: argparse.Namespace) -> str:
    """What the name of the output asks for. Raises `ConfigError`."""
    suffix = Path(args.output).suffix.lower()
    if args.output.endswith(("/", os.sep)) or os.path.isdir(args.output):
        return "folder"
    kinds = {".html": "page", ".htm": "page", ".parquet": "table"}
    if suffix not in kinds:
        raise ConfigError(f"{args.output}: a map ends in .html or .parquet, and a folder for TSV files in /")
    return kinds[suffix]


def _write(kind: str, output: str, maps: list[WordMap], plotly: str) -> str:
    if kind == "page":
        return f"{output} ({write_page(output, maps, plotly) / 1e6:.1f} MB)"
    if kind == "table":
        write_atlas(output, maps[0])
        return output
    write_projector(output, maps[0])
    return ", ".join(map(str, projector_files(output)))


def _names(paths: list[str]) -> list[str]:
    """Short names, as long as they tell the models apart."""
    stems = [Path(path).stem for path in paths]
    return stems if len(set(stems)) == len(stems) else paths
