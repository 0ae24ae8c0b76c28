"""fastText's `.bin`: words, their counts and both matrices, of models without labels.

    magic, version          int32 each
    settings                12 int32 and a float64: `_SETTINGS`
    sizes                   int32 of entries, words and labels; int64 of tokens and of pruned n-grams (−1: none)
    entries                 the word's bytes, a zero, int64 of its count, int8: 0 for a word, 1 for a label
    input matrix            a byte (1: compressed); int64 of rows and columns, float32: the words' rows, the n-grams'
    output matrix           the same

All numbers are little-endian and nothing is aligned. Both matrices are mapped; the vectors of words, which are means of
rows, are made in memory (4 V d bytes). Source: `Args::save`, `Dictionary::save` and `FastText::saveModel` of
facebookresearch/fastText.
"""

import logging
import mmap
import os
import re
import struct
from typing import Any, NamedTuple

import numpy as np

from w2v.config import MAX_BUCKETS, MAX_NGRAM, TrainConfig, stored_config
from w2v.corpus.ngrams import Ngrams
from w2v.errors import ConfigError, FileError, FormatError
from w2v.formats.format import Format, Reading, VectorTable
from w2v.formats.rows import TokenRule, encode_tokens, first_unusable_row
from w2v.formats.sample import Sample
from w2v.formats.subwords import first_words, table_ngrams
from w2v.system.files import PathLike, atomic_writer, check_room
from w2v.system.wording import unreadable

MAGIC = (793712314).to_bytes(4, "little")
_VERSION = 12
_SETTINGS = (
    "dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn", "maxn", "lrUpdateRate",
    "t",
)  # fmt: skip
_HEAD, _SIZES, _ENTRY, _MATRIX = (struct.Struct(text) for text in ("<ii12id", "<iiiqq", "<qb", "<?qq"))
_MODELS, _SUPERVISED, _MODEL_CODES = {1: "cbow", 2: "sg"}, 3, {"cbow": 1, "sg": 2}
_LOSSES = {1: "hs", 2: "ns", 3: "softmax"}
_LOSS_CODES = {**{name: code for code, name in _LOSSES.items()}, "sampled": 3, "hs+ns": 2}  # the nearest that it has
_GOES_ON = ("ns", "softmax")  # whose output vectors mean the same in fastText; trees differ from program to program
_LARGEST = 2**31 - 1
_RULE = TokenRule("fastText .bin", re.compile(r"[ \n\r\t\v\f\0]"), empty=False)
_ROWS_AT_ONCE = 20_000
_NONE = np.empty(0, np.int32)
_LARGE = 8e9  # bytes
logger = logging.getLogger("w2v")


class _File(NamedTuple):
    """A mapped file, and what is known of it."""

    path: PathLike
    data: mmap.mmap

    def damaged(self, what: str) -> FormatError:
        return FormatError(f"{self.path}: {what}; the file is damaged or cut off, fetch it again")

    def numbers(self, kind: struct.Struct, place: int) -> tuple[Any, ...]:
        if place + kind.size > len(self.data):
            raise self.damaged(f"it ends at byte {len(self.data)}, in its header")
        return kind.unpack_from(self.data, place)

    def matrix(self, place: int, what: str) -> tuple[np.ndarray, int]:
        """(rows, columns) of a matrix, mapped, and the byte after it."""
        is_compressed, n_rows, n_columns = self.numbers(_MATRIX, place)
        if is_compressed:
            raise FormatError(f"{self.path} holds compressed (quantized) matrices, which cannot be read; give the .bin")
        start = place + _MATRIX.size
        if n_rows < 0 or n_columns < 1 or n_rows * n_columns * 4 > len(self.data) - start:
            raise self.damaged(f"byte {place} announces {n_rows} x {n_columns} {what}, more than the file has")
        found = np.ndarray((n_rows, n_columns), "<f4", self.data, start)
        return found, start + found.nbytes


def read_fasttext(path: PathLike, reading: Reading) -> VectorTable:
    """The table of a `.bin`, with input rows and n-grams; words that are no UTF-8 are kept with their bytes escaped, as
    in gensim, unless `reading` says how to decode them.

    Raises `FormatError` for a classifier, a compressed model, and a file whose sizes contradict each other.
    """
    file = _open(path)
    _, version, *values = file.numbers(_HEAD, 0)
    settings = dict(zip(_SETTINGS, values, strict=True))
    if version > _VERSION:
        raise FormatError(f"{path} is of version {version} of fastText's format, and up to {_VERSION} can be read")
    if settings["model"] == _SUPERVISED:
        raise FormatError(f"{path} is a classifier of fastText (supervised), not word vectors; train one with: w2v "
                          "classify train")  # fmt: skip
    if settings["model"] not in _MODELS or settings["loss"] not in _LOSSES:
        raise file.damaged(f"it has a model {settings['model']} and a loss {settings['loss']} that are not known")
    words, counts, place = _read_words(file, _HEAD.size, reading)
    inputs, place = file.matrix(place, "input rows")
    outputs, end = file.matrix(place, "output rows")
    n_words, n_buckets, size = len(words), settings["bucket"], inputs.shape[1]
    config = _config(settings, size)
    ngrams = table_ngrams(VectorTable(words, inputs, metadata={"config": config}))
    if ngrams is None and "max_n" in config:
        raise FormatError(f"{path} has n-grams of {config['max_n']} characters in {n_buckets} rows, and {MAX_NGRAM} in "
                          f"{MAX_BUCKETS} at most can be read; train it with fewer")  # fmt: skip
    n_rows = n_words + (n_buckets if ngrams or len(inputs) > n_words else 0)
    if settings["dim"] != size or outputs.shape != (n_words, size) or len(inputs) != n_rows or end != len(file.data):
        raise file.damaged(f"{n_words} words, {n_buckets} n-grams, {settings['dim']} dimensions and matrices "
                           f"{inputs.shape} and {outputs.shape} do not fit together")  # fmt: skip
    table = VectorTable(words, inputs[:n_words], counts, metadata={
        "config": config, "text": {}, "corpus": {}, "epochs": [], "alphas": [],
    })  # fmt: skip
    if _LOSSES[settings["loss"]] in _GOES_ON and _any(outputs):
        table = table._replace(output_vectors=outputs)
    table = _with_ngrams(table, inputs, ngrams) if ngrams else table._replace(vectors=np.array(table.vectors))
    row = first_unusable_row(table.vectors)
    if row is not None:
        raise file.damaged(f"the vector of {words[row][:80]!r} holds nan or infinity")
    return table if reading.limit is None or reading.limit >= n_words else first_words(table, reading.limit)


def _open(path: PathLike) -> _File:
    try:
        with open(path, "rb") as handle:
            if os.fstat(handle.fileno()).st_size < _HEAD.size:
                raise FormatError(f"{path}: it ends in its header; the file is cut off, fetch it again")
            return _File(path, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise FileError.of(unreadable(path, error), error) from error


def _read_words(file: _File, place: int, reading: Reading) -> tuple[list[str], np.ndarray, int]:
    """Words, counts (V,), and the byte after the entries."""
    n_entries, n_words, n_labels, _, n_pruned = file.numbers(_SIZES, place)
    place += _SIZES.size
    left, least = len(file.data) - place, 1 + _ENTRY.size
    if not (0 <= n_words <= n_entries and n_labels == n_entries - n_words and n_entries * least <= left):
        raise file.damaged(f"byte {place} announces {n_entries} entries, {n_words} words and {n_labels} labels")
    if n_pruned != -1:
        raise file.damaged("its n-grams are pruned, which only compressed models have")
    errors = "backslashreplace" if reading.errors == "strict" else reading.errors
    words: list[str] = []
    counts = np.empty(n_words, np.int64)
    for row in range(n_entries):
        end = file.data.find(b"\0", place)
        if end < 0:
            raise file.damaged(f"the word at byte {place} does not end")
        count, kind = file.numbers(_ENTRY, end + 1)
        if kind != (row >= n_words) or count < 0:
            raise file.damaged(f"the entry at byte {place} is no word with its count")
        if row < n_words:
            words.append(file.data[place:end].decode(reading.encoding, errors))
            counts[row] = count
        place = end + 1 + _ENTRY.size
    if len(set(words)) < len(words):
        raise file.damaged("a word is there twice")
    return words, counts, place


def _config(settings: dict[str, Any], size: int) -> dict[str, Any]:
    """The settings under our names, as a `TrainConfig` has them; those of n-grams only where there are any."""
    has_ngrams = 0 <= settings["minn"] <= settings["maxn"] > 0 and settings["bucket"] > 0
    plain = {
        "model": _MODELS[settings["model"]], "loss": _LOSSES[settings["loss"]], "vector_size": size,
        "window": settings["ws"], "epochs": settings["epoch"], "min_count": settings["minCount"],
        "negative": settings["neg"], "sample": settings["t"],
    }  # fmt: skip
    ngrams = Ngrams(settings["minn"], settings["maxn"], settings["bucket"]) if has_ngrams else None
    return {**plain, **(ngrams._asdict() if ngrams else {})}


def _with_ngrams(table: VectorTable, inputs: np.ndarray, ngrams: Ngrams) -> VectorTable:
    """The table with all input rows, of which every n-gram's is one, and the words' vectors made of them."""
    from w2v.kernel.subword_rows import subword_rows  # imports the compiler
    from w2v.kernel.word_vectors import word_vectors

    made = subword_rows(table.keys, ngrams, np.arange(ngrams.bucket, dtype=np.int32))  # type: ignore[arg-type]
    rows = made.rows
    return table._replace(
        vectors=word_vectors(inputs, rows), input_rows=inputs, row_offsets=rows.offsets, row_ids=rows.row_ids,
        row_shares=rows.shares, row_change_shares=rows.change_shares, ngram_buckets=made.ngram_buckets,
    )  # fmt: skip


# ---- writing


def write_fasttext(path: PathLike, table: VectorTable) -> None:
    """Write a table as a model of fastText, whole or not at all: with its n-grams, those that training never met as
    zeros, or as one of whole words. Output vectors of an objective that fastText has otherwise, or not at all, are
    zeros, too: training cannot go on from them.

    Raises `ConfigError` for floret's n-grams, or n-grams without the rows of words, `FormatError` for a word that the
    format cannot hold, `W2VError` when the file cannot be written, or there is no room for it.
    """
    n_words, size = table.vectors.shape
    ngrams = None if table.ngram_buckets is None else table_ngrams(table)
    if ngrams is not None:
        _check_ngrams(path, ngrams)
        if table.row_offsets is None:
            raise _unfit(path, "only a part of its rows is there")
    words = encode_tokens(path, table.keys, "", _RULE)
    counts = np.ones(n_words, np.int64) if table.counts is None else np.maximum(table.counts, 1)
    config = _settings(table) or TrainConfig()
    numbers = [min(value, _LARGEST) for value in (config.window, config.epochs, config.min_count, config.negative)]
    kind = ngrams or Ngrams(0, 0, 0)
    own, buckets = (table.vectors, _NONE) if ngrams is None else (table.input_rows, np.asarray(table.ngram_buckets))
    assert own is not None
    if own.shape != (n_words + len(buckets), size):
        raise _unfit(path, f"its input rows {own.shape} are not those of {n_words} words x {size} and of its n-grams")
    codes = _LOSS_CODES[config.loss], _MODEL_CODES[config.model]
    head = (size, *numbers, 1, *codes, kind.bucket, kind.min_n, kind.max_n, 100)
    n_bytes = 4 * size * (2 * n_words + kind.bucket)
    check_room(path, n_bytes)
    if kind.bucket and n_bytes > _LARGE:
        logger.warning("%s takes %.1f GB: fastText's file has a row for each of %s buckets, also where no n-gram is; "
                       "train with a smaller --bucket", path, n_bytes / 1e9, f"{kind.bucket:,}")  # fmt: skip
    outputs = table.output_vectors if _goes_on(table) else np.zeros((n_words, size), "<f4")
    assert outputs is not None
    with atomic_writer(path) as stream:
        stream.write(_HEAD.pack(int.from_bytes(MAGIC, "little"), _VERSION, *head, config.sample))
        stream.write(_SIZES.pack(n_words, n_words, 0, int(counts.sum()), -1))
        stream.write(b"".join(b"%b\0%b" % (word, _ENTRY.pack(count, 0)) for word, count in
                              zip(words, counts.tolist(), strict=True)))  # fmt: skip
        stream.write(_MATRIX.pack(False, n_words + kind.bucket, size))
        _write_rows(stream, own[:n_words])
        if ngrams is not None:
            _write_ngrams(stream, own[n_words:], buckets, kind.bucket)
        stream.write(_MATRIX.pack(False, *outputs.shape))
        _write_rows(stream, outputs)


def _settings(table: VectorTable) -> TrainConfig | None:
    """What a table's metadata say of its training, the defaults where they say nothing; None for malformed ones."""
    try:
        return stored_config(TrainConfig, table.metadata.get("config", {}))
    except (ValueError, TypeError, AttributeError):
        return None


def _goes_on(table: VectorTable) -> bool:
    """Whether the output vectors mean to fastText what they meant in training."""
    config, outputs = _settings(table), table.output_vectors
    fits = outputs is not None and outputs.shape == table.vectors.shape and table.trained_vectors is None
    return fits and config is not None and config.loss in _GOES_ON


def _check_ngrams(path: PathLike, ngrams: Ngrams) -> None:
    if ngrams.hash_count:
        raise _unfit(path, "words have no rows of their own")


def _unfit(path: PathLike, what: str) -> ConfigError:
    return ConfigError(f"cannot write {path}: {what}, which fastText's .bin needs; use the native format (.w2v)")


def _any(rows: np.ndarray) -> bool:
    """Whether a number is not zero; most files are known by their first rows."""
    return any(rows[first : first + _ROWS_AT_ONCE].any() for first in range(0, len(rows), _ROWS_AT_ONCE))


def _write_rows(stream: Any, rows: np.ndarray) -> None:
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        stream.write(np.ascontiguousarray(rows[first : first + _ROWS_AT_ONCE], "<f4").data)


def _write_ngrams(stream: Any, rows: np.ndarray, buckets: np.ndarray, n_buckets: int) -> None:
    """The rows of all buckets; zeros where there is none."""
    order = np.argsort(buckets, kind="stable")
    ordered = buckets[order]
    for first in range(0, n_buckets, _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, n_buckets)
        part = np.zeros((last - first, rows.shape[1]), "<f4")
        there = slice(*np.searchsorted(ordered, (first, last)))
        part[ordered[there] - first] = rows[order[there]]
        stream.write(part.data)


def _recognises(sample: Sample) -> bool:
    return sample.head.startswith(MAGIC)


FORMAT = Format(
    "fasttext",
    "fastText model",
    (".fasttext",),
    recognises=_recognises,
    read=read_fasttext,
    write=write_fasttext,
    has_mark=True,
    is_mapped=True,
    keeps_training=True,
    goes_on=_goes_on,
    check_ngrams=_check_ngrams,
)
