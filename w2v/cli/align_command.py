"""`w2v align`: the vectors of one model in the space of another."""

import argparse
from dataclasses import asdict

from w2v.cli.settings import output_format
from w2v.evaluation.alignment import align, rotated
from w2v.formats.table import format_to_read
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.system.console import log, show
from w2v.system.files import check_outputs


def align_models(args: argparse.Namespace) -> None:
    """Turn the vectors of NEW into the space of OLD, and say how well words agree that were left out."""
    output, target = (None, None) if args.output is None else output_format(args.output, args.format)
    if output is not None:
        check_outputs([output], [args.old, args.new], "it is read here")
    for path in (args.old, args.new):
        format_to_read(path).verify(path)
    old, new = read_vectors(args.old), read_vectors(args.new)
    rotation, report = align(old, new, args.anchors, args.seed)
    if args.json:
        import json

        show(json.dumps({"old": args.old, "new": args.new, **asdict(report)}, indent=2, ensure_ascii=False))
    else:
        show(report)
    if output is not None and target is not None:
        write_vectors(output, rotated(new, rotation), target.name)
        log(f"wrote {len(new.keys):,} x {new.vectors.shape[1]} vectors to {output} ({target.name})")
