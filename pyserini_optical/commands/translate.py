"""`pyserini-optical translate --model M --topics F --language swa --output G`."""

import argparse
import re
from typing import TYPE_CHECKING, Any

from pyserini_optical.commands.options import count
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import Language, language_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Language tokens of M2M100 (`__sw__`), mBART (`sw_KE`) and NLLB-200 (`swh_Latn`).
_LANGUAGE_TOKEN = re.compile(r"(__)?([a-z]{2,3}(_[A-Za-z]+)?)(__)?")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--model", required=True, help="sequence-to-sequence model: a folder or a Hugging Face name")
    parser.add_argument("--topics", required=True, help="queries: TSV, JSON, JSON lines or TREC topics")
    parser.add_argument("--language", required=True, help="language of the topics, by code or English name (swa)")
    parser.add_argument("--target", default="eng", help="language to translate into (default: eng)")
    parser.add_argument("--output", required=True, help="TSV of topics to write")
    parser.add_argument(
        "--prefix", default="", help="text to put before each query, for models that expect an instruction"
    )
    parser.add_argument("--batch-size", type=count, default=16, help="queries per batch (default: 16)")
    parser.add_argument("--beams", type=count, default=4, help="beam width (default: 4)")
    parser.add_argument("--max-length", type=count, default=128, help="tokens per translation at most (default: 128)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:0, ...")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(options: argparse.Namespace) -> int:
    """Translate the topics."""
    from rich.console import Console
    from rich.progress import Progress

    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.topics import read_topics, write_topics

    refuse_overwrite(options.output, options.overwrite)
    topics = read_topics(options.topics)
    model, tokenizer = _load(options.model, options.device)
    forced = _set_languages(tokenizer, options.language, options.target)
    queries = [options.prefix + query for query in topics.values()]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        translated = list(bar.track(_translate(model, tokenizer, queries, forced, options), total=len(queries)))
    for query, text in zip(topics, translated, strict=True):
        if not text:
            raise OpticalError(
                f"{options.topics}: the model returned an empty translation for query {query}; try another --beams"
            )
    write_topics(options.output, dict(zip(topics, translated, strict=True)), options.overwrite)
    return 0


def _load(name: str, device: str) -> tuple[Any, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    from pyserini_optical.encoder.device import check_device, quietly

    check_device(device)
    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(name)
            model = AutoModelForSeq2SeqLM.from_pretrained(name)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise OpticalError(f"--model {name}: cannot load a sequence-to-sequence model from there ({reason})") from error
    return model.to(device).eval(), tokenizer


def _set_languages(tokenizer: Any, source: str, target: str) -> int | None:
    """Set the languages of a multilingual tokenizer; return the token that the translation must begin with."""
    if not hasattr(tokenizer, "src_lang"):
        return None
    tokenizer.src_lang, _ = _language_code(tokenizer, source)
    _, token = _language_code(tokenizer, target)
    return int(tokenizer.convert_tokens_to_ids(token))


def _language_code(tokenizer: Any, language: str) -> tuple[str, str]:
    """The model's code for a language, and its token."""
    known = set(tokenizer.all_special_tokens) | set(tokenizer.get_added_vocab())
    tokens = sorted(token for token in known if _LANGUAGE_TOKEN.fullmatch(token))
    wanted = Language(language_code(language))
    same = [token for token in tokens if language_code(token.strip("_")) == wanted.code]
    # A model with two scripts for a language has codes for both: take the usual one.
    same.sort(key=lambda token: (token.strip("_") != language, not token.endswith(wanted.script or "")))
    if same:
        return same[0].strip("_"), same[0]
    near = [token for token in tokens if token.strip("_").startswith(language[:2])]
    hint = f"; similar codes: {', '.join(near)}" if near else ""
    raise OpticalError(f"language {language}: the model does not know it{hint}; pass the code that the model uses")


def _translate(
    model: Any, tokenizer: Any, queries: "Sequence[str]", forced: int | None, options: argparse.Namespace
) -> "Iterator[str]":
    import torch

    # Sort queries by length to reduce padding; the order is restored before anything is output.
    order = sorted(range(len(queries)), key=lambda index: len(queries[index]))
    found: dict[int, str] = {}
    given = 0
    for start in range(0, len(order), options.batch_size):
        batch = order[start : start + options.batch_size]
        inputs = tokenizer([queries[index] for index in batch], return_tensors="pt", padding=True, truncation=True)
        arguments = {} if forced is None else {"forced_bos_token_id": forced}
        with torch.inference_mode():
            tokens = model.generate(
                **inputs.to(model.device), num_beams=options.beams, max_new_tokens=options.max_length, **arguments
            )
        texts = tokenizer.batch_decode(tokens, skip_special_tokens=True)
        found.update((index, " ".join(text.split())) for index, text in zip(batch, texts, strict=True))
        while given in found:
            yield found.pop(given)
            given += 1
