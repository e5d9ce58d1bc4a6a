"""A token store: the token vectors of a collection, memory-mapped.

A store is a folder of shards and `store.json`, which is written last: a store without it is unfinished. A shard is
`<number>.safetensors` (`vectors`, `offsets` and, for int8, `scales`) and `<number>.docid` (one identifier per line).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, read_object
from pyserini_optical.late_interaction.maxsim import TokenVectors

FORMAT = "pyserini-optical-tokens/1"
MANIFEST = "store.json"
DTYPES = {"float16": torch.float16, "int8": torch.int8}


@dataclass(frozen=True)
class Shard:
    """Consecutive passages of a store.

    Attributes
    ----------
    vectors : torch.Tensor, shape (n, d), float16 or int8
        Memory-mapped.
    scales : torch.Tensor or None, shape (n,), float32
        One factor per token, for int8.
    offsets : numpy.ndarray, shape (m + 1,), int64
    """

    vectors: torch.Tensor
    scales: torch.Tensor | None
    offsets: np.ndarray
    docids: list[str]


def shard_paths(folder: Path, number: int) -> tuple[Path, Path]:
    """Paths of a shard's tensors and identifiers."""
    return folder / f"{number:05d}.safetensors", folder / f"{number:05d}.docid"


def read_shard(folder: Path, number: int, dimension: int, dtype: str) -> Shard:
    """Map a shard into memory and check it.

    Parameters
    ----------
    folder : Path
        The store.
    dimension : int
        Dimension that the store's vectors must have.
    dtype : {"float16", "int8"}

    Raises
    ------
    OpticalError
        A file is missing or cut short, or count, dimension and identifiers do not match.
    """
    path, docid_path = shard_paths(folder, number)
    fix = "delete this shard and build the store again: the others are kept"
    try:
        with safe_open(path, framework="pt") as tensors:
            vectors, offsets = tensors.get_tensor("vectors"), tensors.get_tensor("offsets").numpy()
            scales = tensors.get_tensor("scales") if dtype == "int8" else None
    except (OSError, SafetensorError) as error:
        raise OpticalError(f"{path}: cannot be read ({error}); {fix}") from error
    with open_text(docid_path) as file:
        docids = file.read().splitlines()
    if vectors.dtype != DTYPES[dtype] or vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise OpticalError(
            f"{path}: holds {vectors.dtype} vectors of shape {tuple(vectors.shape)}, but the store consists of "
            f"{dtype} vectors of {dimension} dimensions; {fix}"
        )
    if offsets[0] != 0 or offsets[-1] != len(vectors) or np.any(np.diff(offsets) <= 0):
        raise OpticalError(f"{path}: the offsets do not span its {len(vectors)} vectors; {fix}")
    if len(docids) != len(offsets) - 1:
        raise OpticalError(f"{docid_path}: {len(docids)} identifiers for {len(offsets) - 1} passages; {fix}")
    return Shard(vectors, scales, offsets, docids)


class TokenStore:
    """Token vectors of a collection, memory-mapped.

    Parameters
    ----------
    folder : str or Path
        A finished store.

    Attributes
    ----------
    docids : list of str
        Identifiers of the passages, in the order of the collection.
    offsets : numpy.ndarray, shape (m + 1,), int64
        Passage `i` has tokens `offsets[i]` to `offsets[i + 1]` of the whole store.
    encoder : str
        Name of the encoder that made the vectors.

    Raises
    ------
    OpticalError
        There is no finished store in the folder, or a shard is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        manifest = read_manifest(self.folder)
        self.encoder: str = manifest["encoder"]
        self.dimension: int = manifest["dimension"]
        self.dtype: str = manifest["dtype"]
        self.shards = [read_shard(self.folder, n, self.dimension, self.dtype) for n in range(manifest["shards"])]
        self.docids = [docid for shard in self.shards for docid in shard.docids]
        lengths = np.concatenate([np.diff(shard.offsets) for shard in self.shards])
        self.offsets = np.concatenate([[0], np.cumsum(lengths)])
        if (len(self.docids), int(self.offsets[-1])) != (manifest["passages"], manifest["tokens"]):
            raise OpticalError(
                f"{self.folder}: holds {len(self.docids)} passages and {self.offsets[-1]} tokens, but {MANIFEST} says "
                f"{manifest['passages']} and {manifest['tokens']}; build the store again"
            )
        self._starts = np.cumsum([0] + [len(shard.docids) for shard in self.shards])[:-1].tolist()
        self._rows = {docid: row for row, docid in enumerate(self.docids)}
        if len(self._rows) != len(self.docids):
            raise OpticalError(f"{self.folder}: it contains an identifier twice; build the store again")

    def __len__(self) -> int:
        return len(self.docids)

    def gather(self, docids: Sequence[str]) -> TokenVectors:
        """Token vectors of some passages, as float32.

        Returns
        -------
        TokenVectors
            In the order of `docids`.

        Raises
        ------
        OpticalError
            A passage is not in the store.
        """
        try:
            rows = [self._rows[docid] for docid in docids]
        except KeyError as error:
            raise OpticalError(
                f"{self.folder}: passage {error.args[0]} is not in the store; the run is from another collection"
            ) from error
        return self.gather_rows(rows)

    def gather_rows(self, rows: Sequence[int] | np.ndarray) -> TokenVectors:
        """Token vectors of the passages at some positions of the collection, as float32.

        Parameters
        ----------
        rows : sequence of int, or numpy.ndarray of shape (m,)
        """
        chosen = np.asarray(rows, dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum(self.offsets[chosen + 1] - self.offsets[chosen])])
        vectors = torch.empty((int(ends[-1]), self.dimension), dtype=torch.float32)
        scales = torch.empty(len(vectors), dtype=torch.float32) if self.dtype == "int8" else None
        for place, row in enumerate(chosen.tolist()):
            number = bisect_right(self._starts, row) - 1
            shard, passage = self.shards[number], row - self._starts[number]
            source = slice(int(shard.offsets[passage]), int(shard.offsets[passage + 1]))
            target = slice(int(ends[place]), int(ends[place + 1]))
            vectors[target] = shard.vectors[source]
            if scales is not None and shard.scales is not None:
                scales[target] = shard.scales[source]
        if scales is not None:
            vectors *= scales[:, None]
        return TokenVectors(vectors.numpy(), ends)


def read_manifest(folder: Path) -> dict:
    """Read `store.json`.

    Raises
    ------
    OpticalError
        The store is unfinished, or of another format version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise OpticalError(f"{folder}: holds no finished token store; run `late index` again to resume it")
    manifest = read_object(path, "build the store again")
    if manifest.get("format") != FORMAT:
        raise OpticalError(
            f"{path}: format {manifest.get('format')!r} is unknown (this version reads {FORMAT!r}); build the "
            "store again"
        )
    return manifest
