"""A folder that model2vec and sentence-transformers open: `model.safetensors`, `tokenizer.json`, `config.json`,
`modules.json`, and a model card.

Their `encode` is the mean of the vectors of a text's words, as `KeyedVectors.encode` with uniform weights. Words are
cut as the text of training was, but phrases are not joined, and n-grams do not make vectors of unknown words. Unknown
words are left out by model2vec; sentence-transformers counts them as zeros, so that a mean with some is shorter, in the
same direction. Source: `model2vec.persistence`, `sentence_transformers`' `StaticEmbedding` and the tokenizers library.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from w2v.errors import FormatError
from w2v.formats.card import model_card
from w2v.formats.format import Format, VectorTable
from w2v.system.container import write_container
from w2v.system.files import PathLike, atomic_writer, new_folder

UNKNOWN = "[UNK]"
_WORD = "[^\\W_]+(?:['’][^\\W_]+)*"  # the pattern of `w2v.corpus.tokens`, for another engine


def tokenizer_of(table: VectorTable) -> dict[str, Any]:
    """What `tokenizer.json` says: how text is normalised and cut, and the number of each word."""
    text = table.metadata.get("text")
    known: Mapping[str, Any] = text if isinstance(text, Mapping) else {}
    steps = [{"type": kind} for name, kind in (("lower", "Lowercase"), ("nfc", "NFC")) if known.get(name) is True]
    cut: dict[str, Any] = {"type": "WhitespaceSplit"}
    if known.get("tokenize") is True:
        cut = {"type": "Split", "pattern": {"Regex": _WORD}, "behavior": "Removed", "invert": True}
    words = [str(key) for key in table.keys]
    vocabulary = {word: row for row, word in enumerate(words)}
    unknown = UNKNOWN
    while unknown in vocabulary:
        unknown = f"[{unknown}]"
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
        "pre_tokenizer": cut, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {**vocabulary, unknown: len(words)}, "unk_token": unknown},
    }  # fmt: skip


def _write(path: PathLike, table: VectorTable) -> None:
    vectors = np.asarray(table.vectors)
    rows = np.zeros((len(vectors) + 1, vectors.shape[1]), np.float32)  # the last one is that of unknown words
    rows[:-1] = vectors
    config = {
        "model_type": "model2vec", "architectures": ["StaticModel"], "hidden_dim": vectors.shape[1], "normalize": False,
        "max_length": None, "embedding_dtype": "float32", "apply_zipf": False, "sif_coefficient": None,
    }  # fmt: skip
    modules = [{"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}]
    files = {"tokenizer.json": tokenizer_of(table), "config.json": config, "modules.json": modules}
    with new_folder(path) as folder:
        write_container(folder / "model.safetensors", {"embeddings": rows}, {"format": "np"})
        texts = {name: json.dumps(facts, ensure_ascii=False, indent=1) for name, facts in files.items()}
        for name, text in {**texts, "README.md": model_card(table)}.items():
            with atomic_writer(folder / name) as file:
                try:
                    file.write(text.encode())
                except UnicodeEncodeError as error:
                    raise FormatError(f"cannot write {path}: a word holds half of a surrogate pair; leave it out "
                                      "with --limit, or use the native format (.w2v)") from error  # fmt: skip


FORMAT = Format(
    "model2vec",
    "folder for model2vec and sentence-transformers",
    (),
    write=_write,
    is_folder=True,
)
