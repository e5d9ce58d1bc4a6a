"""Encode a corpus in parts, shared out among processes or a Ray cluster, so that a killed run can resume.

Each part is a Faiss folder in Pyserini's layout; `pyserini.index.merge_faiss_indexes` merges them.
"""

import hashlib
import itertools
import logging
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.dense_index import DOCIDS, INDEX, write_origin
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, parse_object, read_object, write_folder, write_json
from pyserini_optical.files.identifiers import check_identifier

logger = logging.getLogger(__name__)
SETTINGS = "parts.json"

AT_A_TIME = 1000
"""Passages between updates of the progress bar; of similar length, because the whole part is sorted."""


class DocumentEncoder(Protocol):
    """The interface of :class:`~pyserini_optical.encoder.OpticalDocumentEncoder` that is needed here."""

    checkpoint: Checkpoint

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors (n, d) of n texts."""
        ...


def encode_parts(
    corpus: str | Path,
    output: str | Path,
    encoder: DocumentEncoder,
    name: str,
    part_size: int = 50_000,
    shard_id: int = 0,
    shard_num: int = 1,
) -> list[Path]:
    """Encode the parts of a corpus that belong to one process and are not done yet.

    Parameters
    ----------
    corpus : str or Path
        A JSON-lines file or a folder of them, with `id` and `contents` on each line.
    output : str or Path
        Folder for `part-0`, `part-1`, ...; parts are written atomically, so that a killed run loses at most one.
    name : str
        Name of the encoder; parts of different encoders are never mixed.
    part_size : int
        Passages per part, which are sorted by length to reduce padding.
    shard_id, shard_num : int
        This process takes the parts with a number equal to `shard_id` modulo `shard_num`.

    Returns
    -------
    list of Path
        The parts of this process, including those done earlier.

    Raises
    ------
    OpticalError
        A line is not a passage, the shard does not exist, or `output` has parts of another corpus, encoder or size.
    """
    if not 0 <= shard_id < shard_num:
        raise OpticalError(f"--shard-id {shard_id}: give a number from 0 to {shard_num - 1}, below --shard-num")
    if part_size < 1:
        raise OpticalError(f"--part-size {part_size}: give a number of at least 1")
    files = _list_files(Path(corpus))
    _claim(Path(output), {"corpus": _describe(files), "encoder": name, "part_size": part_size})
    with tqdm(unit="passage", disable=None) as bar:
        return _encode_missing(Path(output), _read_lines(files), encoder, part_size, shard_id, shard_num, bar)


def _encode_missing(
    output: Path,
    lines: Iterator[tuple[Path, int, str]],
    encoder: DocumentEncoder,
    part_size: int,
    shard_id: int,
    shard_num: int,
    bar: tqdm,
) -> list[Path]:
    parts: list[Path] = []
    number = 0
    while True:
        part = output / f"part-{number}"
        chunk = itertools.islice(lines, part_size)
        if number % shard_num != shard_id or part.is_dir():
            # Lines of other shards are counted, not parsed.
            if not sum(1 for _ in chunk):
                return parts
        else:
            passages = [_parse(path, place, line) for path, place, line in chunk]
            if not passages:
                return parts
            _write_part(part, passages, encoder, bar)
            logger.info("%s: %d passages", part, len(passages))
        if number % shard_num == shard_id:
            parts.append(part)
        number += 1


def encode_parts_on_ray(
    corpus: str | Path,
    output: str | Path,
    encoder: str,
    address: str = "local",
    part_size: int = 50_000,
    shard_num: int = 1,
    device: str = "cpu",
) -> list[Path]:
    """Encode a corpus as :func:`encode_parts` does, with the shards spread over a cluster.

    A task takes one CPU core (and one GPU, unless `device` is `cpu`) and runs its model on one thread, so `shard_num`
    should be the number of cores. If a worker dies, its task is restarted and resumes with the missing part.

    Parameters
    ----------
    corpus, output : str or Path
        Paths that are the same on every machine of the cluster.
    encoder : str
        Student; its teacher encodes. A name, or a folder that every machine sees.
    address : str
        Address of the cluster for `ray.init`; `local` starts one on this machine, `auto` finds a running one.
    part_size : int
        Passages per part.
    shard_num : int
        Number of tasks.
    device : str
        A torch device.

    Returns
    -------
    list of Path
        All parts in order, including those done earlier.

    Raises
    ------
    OpticalError
        Ray is not installed, there is no cluster at `address`, or as for :func:`encode_parts`.
    """
    # Ray sends usage statistics unless told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise OpticalError("--ray: Ray is not installed: pip install 'pyserini-optical[ray]'") from error
    if shard_num < 1:
        raise OpticalError(f"--shard-num {shard_num}: give a number of at least 1")
    if Path(encoder).is_dir():
        encoder = str(Path(encoder).resolve())
    # A worker may have another working directory than this process.
    folders = Path(corpus).resolve(), Path(output).resolve()
    task = ray.remote(_encode_shard).options(
        num_cpus=1, num_gpus=int(device.startswith("cuda")), max_retries=3, scheduling_strategy="SPREAD"
    )
    parts: list[Path] = []
    try:
        with ray.init(address=address, log_to_driver=False):
            shards = [task.remote(*folders, encoder, part_size, shard, shard_num, device) for shard in range(shard_num)]
            for number, shard in enumerate(shards):
                node, found = ray.get(shard)
                logger.info("shard %d, node %s: %d parts done", number, node, len(found))
                parts += found
    except ConnectionError as error:
        raise OpticalError(f"--ray {address}: no cluster answers there; start one with `ray start`") from error
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, OpticalError):
            raise error.cause from None
        raise
    return sorted(parts, key=lambda part: int(part.name.removeprefix("part-")))


def _write_part(part: Path, passages: Sequence[tuple[str, str]], encoder: DocumentEncoder, bar: tqdm) -> None:
    import faiss

    vectors = np.empty((len(passages), encoder.checkpoint.dimension), np.float32)
    by_length = sorted(range(len(passages)), key=lambda place: len(passages[place][1]))
    for start in range(0, len(passages), AT_A_TIME):
        places = by_length[start : start + AT_A_TIME]
        vectors[places] = encoder.encode([passages[place][1] for place in places])
        bar.update(len(places))
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    with write_folder(part) as folder:
        faiss.write_index(index, str(folder / INDEX))
        (folder / DOCIDS).write_text("".join(f"{docid}\n" for docid, _ in passages), encoding="utf-8")
        write_origin(folder, encoder.checkpoint)


def _list_files(corpus: Path) -> list[Path]:
    files = sorted(path for path in corpus.iterdir() if ".jsonl" in path.suffixes) if corpus.is_dir() else [corpus]
    if not files or not files[0].is_file():
        raise OpticalError(f"{corpus}: is neither a JSON lines file nor a folder of them (*.jsonl, *.jsonl.gz)")
    return files


def _describe(files: Sequence[Path]) -> str:
    """Names and sizes only: a corpus of terabytes should not be read again for a checksum."""
    listing = "\n".join(f"{path.name}\t{path.stat().st_size}" for path in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _claim(output: Path, settings: dict[str, str | int]) -> None:
    path = output / SETTINGS
    if path.is_file():
        found = read_object(path, "name another --output")
        differing = [key for key in settings if found.get(key) != settings[key]]
        if differing:
            raise OpticalError(
                f"{output}: holds parts made with another {' and '.join(differing)}; name another --output"
            )
        return
    # Two processes that start together write the same bytes.
    write_json(path, settings, overwrite=True)


def _read_lines(files: Sequence[Path]) -> Iterator[tuple[Path, int, str]]:
    for path in files:
        with open_text(path) as lines:
            for place, line in enumerate(lines, 1):
                if line.strip():
                    yield path, place, line


def _parse(path: Path, place: int, line: str) -> tuple[str, str]:
    where = f"{path}:{place}"
    passage = parse_object(line, where, "each line must be a passage, with `id` and `contents`")
    if "id" not in passage or "contents" not in passage:
        raise OpticalError(f"{where}: is not a passage, which has `id` and `contents`; drop or correct the line")
    docid, contents = str(passage["id"]), str(passage["contents"])
    check_identifier(docid, where)
    return docid, contents


def _encode_shard(
    corpus: Path, output: Path, encoder: str, part_size: int, shard_id: int, shard_num: int, device: str
) -> tuple[str, list[Path]]:
    import ray

    from pyserini_optical.encoder.document import OpticalDocumentEncoder

    loaded = OpticalDocumentEncoder(encoder, device=device)
    parts = encode_parts(corpus, output, loaded, loaded.name, part_size, shard_id, shard_num)
    return ray.get_runtime_context().get_node_id(), parts


if __name__ == "__main__":  # what earlier versions documented
    sys.stderr.write("`python -m pyserini_optical.encoder.sharded` is now `pyserini-optical encode`\n")
    sys.argv.insert(1, "encode")
    runpy.run_module("pyserini_optical", run_name="__main__")
