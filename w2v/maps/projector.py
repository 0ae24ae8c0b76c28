"""A map for TensorBoard's embedding projector: vectors and metadata as TSV.

The folder opens in TensorBoard (`tensorboard --logdir FOLDER`); at projector.tensorflow.org the two files are loaded by
hand. https://www.tensorflow.org/tensorboard/tensorboard_projector_plugin
"""

import re
from collections.abc import Iterator
from pathlib import Path

from w2v.errors import FileError
from w2v.maps.word_map import WordMap
from w2v.system.files import PathLike, atomic_writer

VECTORS, METADATA, CONFIG = "vectors.tsv", "metadata.tsv", "projector_config.pbtxt"
_CONFIG = f'embeddings {{\n  tensor_path: "{VECTORS}"\n  metadata_path: "{METADATA}"\n}}\n'


def projector_files(folder: PathLike) -> list[Path]:
    """The files that such a folder holds."""
    return [Path(folder) / name for name in (VECTORS, METADATA, CONFIG)]


def make_folder(folder: PathLike) -> None:
    """Make the folder, if it is not there. Raises `W2VError`."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise FileError.of(f"cannot write into {folder}: it is a file; name a folder", error) from error
    except OSError as error:
        raise FileError.of(
            f"cannot make the folder {folder}: {error.strerror or error}; name another", error
        ) from error


def write_projector(folder: PathLike, one: WordMap) -> None:
    """Write the unit vectors of the words, their counts, clusters and labels, and the configuration into a folder,
    which is made. Raises `W2VError`."""
    make_folder(folder)
    vectors, metadata, config = projector_files(folder)
    with atomic_writer(vectors) as file:
        file.writelines(("\t".join(f"{number:.6g}" for number in row) + "\n").encode() for row in one.unit.tolist())
    with atomic_writer(metadata) as file:
        file.writelines(line.encode("utf-8", "replace") for line in _metadata(one))
    with atomic_writer(config) as file:
        file.write(_CONFIG.encode())


def _metadata(one: WordMap) -> Iterator[str]:
    """A line for each word, under a heading, without which the projector takes one column for words."""
    columns = {
        "word": one.words[: len(one)],
        "cluster": [", ".join(one.clusters[group]) for group in one.groups.tolist()],
    }
    if one.counts is not None:
        columns["count"] = [str(count) for count in one.counts.tolist()]
    if one.labels is not None:
        columns["label"] = [one.label_names[label] if label >= 0 else "" for label in one.labels.tolist()]
    yield "\t".join(columns) + "\n"
    for row in zip(*columns.values(), strict=True):
        yield "\t".join(re.sub(r"[\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", text) for text in row) + "\n"
