"""Trim a multilingual vocabulary to the subwords in use; embeddings are most of a small encoder."""

import json
import logging
from collections.abc import Iterable
from typing import Any

import torch

from pyserini_optical.distillation.vocabulary import ROLES

logger = logging.getLogger(__name__)

TEXTS_TOGETHER = 1000


def trim_vocabulary(model: Any, tokenizer: Any, texts: Iterable[str]) -> Any:
    """Keep only the subwords that texts use, in place, and trim the tokenizer to match.

    The texts are split as before: the longest match (WordPiece) and the likeliest split (Unigram) of the whole
    vocabulary are also those of the smaller one. Single characters are kept too, so that unseen words can be spelt out.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Its word embeddings are replaced by the kept rows.
    tokenizer : transformers.PreTrainedTokenizerFast
        WordPiece or Unigram.
    texts : iterable of str
        Texts that must be split as before.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        The smaller tokenizer; of another kind of vocabulary (BPE, whose merges build on one another) the same one.

    References
    ----------
    Abdaoui, Pradel, Sigel, *Load What You Need: Smaller Versions of Multilingual BERT*, SustaiNLP 2020.
    """
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    kind = content["model"]["type"]
    if kind not in ("WordPiece", "Unigram"):
        logger.info("a vocabulary of type %s cannot be trimmed: keeping all %d subwords", kind, len(tokenizer))
        return tokenizer
    kept = sorted(_used(tokenizer, texts) | _single_characters(tokenizer))
    numbers = {old: new for new, old in enumerate(kept)}
    _renumber(content, numbers)
    table = model.get_input_embeddings()
    padding = None if table.padding_idx is None else numbers[table.padding_idx]
    rows = table.weight.detach()[torch.tensor(kept)].clone()
    model.set_input_embeddings(torch.nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=padding))
    model.config.vocab_size = len(kept)
    for role in ("pad_token_id", "bos_token_id", "eos_token_id"):
        old = getattr(model.config, role, None)
        if old is not None:
            setattr(model.config, role, numbers.get(old))
    logger.info("vocabulary trimmed from %d to %d subwords", len(tokenizer), len(kept))
    return _wrap(content, tokenizer)


def _used(tokenizer: Any, texts: Iterable[str]) -> set[int]:
    used: set[int] = set()
    texts = list(texts)
    for start in range(0, len(texts), TEXTS_TOGETHER):
        encoded = tokenizer(texts[start : start + TEXTS_TOGETHER], add_special_tokens=False)
        used.update(number for ids in encoded["input_ids"] for number in ids)
    return used


def _single_characters(tokenizer: Any) -> set[int]:
    """Subwords of one character, every special token, and what lies before the padding: models count from its id."""
    vocabulary = tokenizer.get_vocab()
    single = {
        number for subword, number in vocabulary.items() if len(subword.removeprefix("##").removeprefix("▁")) <= 1
    }
    return single | set(tokenizer.all_special_ids) | set(range((tokenizer.pad_token_id or 0) + 1))


def _renumber(content: dict[str, Any], numbers: dict[int, int]) -> None:
    """Give every id in a tokenizer.json its new number, and drop the others."""
    model = content["model"]
    if model["type"] == "WordPiece":
        model["vocab"] = {subword: numbers[old] for subword, old in model["vocab"].items() if old in numbers}
    else:
        model["vocab"] = [entry for old, entry in enumerate(model["vocab"]) if old in numbers]
        model["unk_id"] = numbers[model["unk_id"]]
    content["added_tokens"] = [
        {**token, "id": numbers[token["id"]]} for token in content["added_tokens"] if token["id"] in numbers
    ]
    processor = content["post_processor"] or {}
    for token in processor.get("special_tokens", {}).values():
        token["ids"] = [numbers[old] for old in token["ids"]]
    for name in ("cls", "sep"):  # BertProcessing and RobertaProcessing hold [token, id]
        if name in processor:
            processor[name] = [processor[name][0], numbers[processor[name][1]]]
    content["padding"] = content["truncation"] = None


def _wrap(content: dict[str, Any], tokenizer: Any) -> Any:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    roles = {role: str(getattr(tokenizer, role)) for role in ROLES if getattr(tokenizer, role) is not None}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(content)),
        model_max_length=min(512, tokenizer.model_max_length),
        **roles,
    )
