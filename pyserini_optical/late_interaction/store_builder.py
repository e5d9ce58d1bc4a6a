"""Build a token store shard by shard; an interrupted build resumes where it stopped."""

import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from safetensors.torch import save

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_object, write_file, write_json
from pyserini_optical.late_interaction.maxsim import TokenVectors, join_texts
from pyserini_optical.late_interaction.store import DTYPES, FORMAT, MANIFEST, TokenStore, read_shard, shard_paths

logger = logging.getLogger(__name__)

_PLAN = "plan.json"


class DocumentTokenEncoder(Protocol):
    """The encoder of a store; :class:`~pyserini_optical.late_interaction.token_encoder.TokenEncoder` is one."""

    name: str
    dimension: int

    def encode_documents(self, texts: list[str]) -> list[np.ndarray]:
        """Token vectors of each text, shape (tokens, d)."""
        ...


def build_store(
    passages: Iterable[tuple[str, str]],
    encoder: DocumentTokenEncoder,
    folder: str | Path,
    dtype: str = "float16",
    shard_size: int = 1000,
) -> TokenStore:
    """Encode a collection into a token store.

    Finished shards of an interrupted build of the same collection are kept.

    Parameters
    ----------
    passages : iterable of (str, str)
        Identifier and text, in the same order at every call.
    folder : str or Path
        The store.
    dtype : {"float16", "int8"}
        int8 stores 8-bit values and one scale per token, half the bytes.
    shard_size : int
        Passages per shard, the most work that a killed build loses.

    Raises
    ------
    OpticalError
        There are no passages, an identifier occurs twice, or the folder has the store of something else.
    """
    folder = Path(folder)
    plan = {
        "format": FORMAT,
        "encoder": encoder.name,
        "dimension": encoder.dimension,
        "dtype": dtype,
        "shard_size": shard_size,
    }
    _agree_on_plan(folder, plan)
    counts = [
        _finish_shard(folder, number, shard, encoder, dtype)
        for number, shard in enumerate(_batches(_without_duplicates(passages), shard_size))
    ]
    if not counts:
        raise OpticalError("the collection holds no passages; there is nothing to store")
    passage_counts, token_counts = zip(*counts, strict=True)
    manifest = plan | {"shards": len(counts), "passages": sum(passage_counts), "tokens": sum(token_counts)}
    write_json(folder / MANIFEST, manifest, overwrite=True)
    return TokenStore(folder)


def quantise_tokens(vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Round token vectors to 8 bits, with one scale per token.

    Parameters
    ----------
    vectors : torch.Tensor, shape (n, d)

    Returns
    -------
    values : torch.Tensor, shape (n, d), int8
    scales : torch.Tensor, shape (n,), float32
        `values * scales[:, None]` is `vectors` up to half a scale.
    """
    scales = vectors.abs().amax(dim=1).clamp_min(torch.finfo(torch.float32).tiny) / 127
    return (vectors / scales[:, None]).round().to(torch.int8), scales


def _agree_on_plan(folder: Path, plan: dict) -> None:
    path = folder / _PLAN
    if not path.is_file():
        write_json(path, plan, overwrite=True)
        return
    found = read_object(path, "use another folder")
    for key, value in plan.items():
        if found.get(key) != value:
            raise OpticalError(
                f"{folder}: was begun with {key} {found.get(key)!r}, not {value!r}; use the same setting or "
                "another folder"
            )


def _without_duplicates(passages: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for docid, text in passages:
        if docid in seen:
            raise OpticalError(f"passage {docid} occurs twice in the collection; make the identifiers unique")
        if docid.split() != [docid]:
            raise OpticalError(
                f"passage identifier {docid!r} is empty or contains a space, so no TREC run can name it; rename it"
            )
        seen.add(docid)
        yield docid, text


def _batches(passages: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while batch := list(islice(passages, size)):
        yield batch


def _finish_shard(
    folder: Path, number: int, passages: list[tuple[str, str]], encoder: DocumentTokenEncoder, dtype: str
) -> tuple[int, int]:
    """Make a shard unless it exists; return its numbers of passages and tokens."""
    docids = [docid for docid, _ in passages]
    path, _ = shard_paths(folder, number)
    if path.exists():
        shard = read_shard(folder, number, encoder.dimension, dtype)
        if shard.docids != docids:
            raise OpticalError(f"{path}: does not hold the passages that the collection has there; name another folder")
        return len(docids), len(shard.vectors)
    tokens = join_texts(encoder.encode_documents([text for _, text in passages]))
    _write_shard(folder, number, docids, tokens, dtype)
    logger.info("%s: %d passages, %d tokens", path, len(docids), len(tokens.vectors))
    return len(docids), len(tokens.vectors)


def _write_shard(folder: Path, number: int, docids: list[str], tokens: TokenVectors, dtype: str) -> None:
    tensors = {"offsets": torch.from_numpy(tokens.offsets)}
    vectors = torch.from_numpy(tokens.vectors)
    if dtype == "int8":
        tensors["vectors"], tensors["scales"] = quantise_tokens(vectors)
    else:
        tensors["vectors"] = vectors.to(DTYPES[dtype])
    path, docid_path = shard_paths(folder, number)
    with write_file(docid_path, overwrite=True) as file:
        file.writelines(f"{docid}\n" for docid in docids)
    # The tensors are written last: if they exist, so do the identifiers.
    with write_file(path, "wb") as file:
        file.write(save(tensors))
