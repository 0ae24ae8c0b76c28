"""How training made tokens of text, so that a question can be put in its words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from w2v.vectors.store import VectorStore, as_keys

if TYPE_CHECKING:
    from w2v.config import TextConfig
    from w2v.phrases.model import PhraseModel


def as_trained(store: VectorStore, text: str) -> list[Any]:
    """The tokens that training made of such a text: lower-case, in NFC, cut into words, its phrases joined, as the
    model's own text was.

    Look-up is exact; put it before one: `vectors.most_similar(vectors.as_trained("King"))`. A key stays as it is, as
    does all of which no token is left, or in vectors that do not know their training: native files do. Where ints are
    keys, a number is one.
    """
    if store.has_int_keys:
        return as_keys(store, [text])
    if not isinstance(store.metadata.get("text"), Mapping) or text in store.key_to_index:
        return [text]
    from w2v.documents.texts import Cutter

    return Cutter(text_config(store), phrase_model(store))(text) or [text]


def text_config(store: VectorStore) -> "TextConfig":
    """How training made tokens of text; of vectors that do not know it: words between white space, as written."""
    from w2v.config import TextConfig

    recipe = store.metadata.get("text")
    known = recipe if isinstance(recipe, Mapping) else {}
    lower, nfc, tokenize = (known.get(name) is True for name in ("lower", "nfc", "tokenize"))
    return TextConfig(lower, nfc, tokenize)


def phrase_model(store: VectorStore) -> "PhraseModel | None":
    """The phrases that training joined, read from the metadata at the first call. Raises `FormatError`."""
    facts = store.metadata.get("phrases")
    if facts is None:
        return None
    from w2v.phrases.model import PhraseModel

    known = vars(store).get("_phrases")
    if known is None or known[0] is not facts:
        known = vars(store)["_phrases"] = facts, PhraseModel.from_facts(facts, store.source or "the metadata")
    return known[1]
