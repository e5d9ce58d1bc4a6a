"""Encode a corpus in parts that several processes share out and that survive a kill.

    python -m pyserini_optical.encoder.sharded --corpus DIR --output DIR --shard-id 0 --shard-num 2

Each part is a Faiss folder as Pyserini makes it; `pyserini.index.merge_faiss_indexes` joins them.
"""

import argparse
import hashlib
import itertools
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_folder, write_json

logger = logging.getLogger(__name__)
SETTINGS = "parts.json"


class DocumentEncoder(Protocol):
    """What :class:`~pyserini_optical.encoder.OpticalDocumentEncoder` does."""

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
    """Encode the parts of a corpus that fall to one process and are not done yet.

    Parameters
    ----------
    corpus : str or Path
        A JSON-lines file, or a folder of them, with `id` and `contents` a line.
    output : str or Path
        Gets `part-0`, `part-1`, ...; each appears whole or not at all, so that a killed run loses one part at most.
    encoder : DocumentEncoder
    name : str
        Of the encoder; parts of two encoders are never mixed.
    part_size : int
        Passages a part; sorted by length within, so that batches hold little padding.
    shard_id, shard_num : int
        This process takes every part whose number is `shard_id` modulo `shard_num`.

    Returns
    -------
    list of Path
        The parts of this process, those done earlier included.

    Raises
    ------
    OpticalError
        A line is no passage, the shard does not exist, or `output` holds parts of another corpus, encoder or size.
    """
    if not 0 <= shard_id < shard_num:
        raise OpticalError(f"--shard-id {shard_id}: give a number from 0 to {shard_num - 1}, below --shard-num")
    if part_size < 1:
        raise OpticalError(f"--part-size {part_size}: give a number from 1")
    files = _list_files(Path(corpus))
    _claim(Path(output), {"corpus": _describe(files), "encoder": name, "part_size": part_size})
    parts: list[Path] = []
    lines = _read_lines(files)
    number = 0
    while True:
        part = Path(output) / f"part-{number}"
        chunk = itertools.islice(lines, part_size)
        if number % shard_num != shard_id or part.is_dir():
            # Lines of others are counted, not parsed.
            if not sum(1 for _ in chunk):
                return parts
        else:
            passages = [_parse(path, place, line) for path, place, line in chunk]
            if not passages:
                return parts
            _write_part(part, passages, encoder)
            logger.info("%s: %d passages", part, len(passages))
        if number % shard_num == shard_id:
            parts.append(part)
        number += 1


def _write_part(part: Path, passages: Sequence[tuple[str, str]], encoder: DocumentEncoder) -> None:
    import faiss

    vectors = encoder.encode([text for _, text in passages])
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    with write_folder(part) as folder:
        faiss.write_index(index, str(folder / "index"))
        (folder / "docid").write_text("".join(f"{docid}\n" for docid, _ in passages), encoding="utf-8")


def _list_files(corpus: Path) -> list[Path]:
    files = sorted(path for path in corpus.iterdir() if ".jsonl" in path.suffixes) if corpus.is_dir() else [corpus]
    if not files or not files[0].is_file():
        raise OpticalError(f"{corpus}: no JSON-lines file and no folder of them (*.jsonl, *.jsonl.gz)")
    return files


def _describe(files: Sequence[Path]) -> str:
    """Names and sizes: a corpus of terabytes is not read once more for a checksum."""
    listing = "\n".join(f"{path.name}\t{path.stat().st_size}" for path in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _claim(output: Path, settings: dict[str, str | int]) -> None:
    path = output / SETTINGS
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        differing = [key for key in settings if found.get(key) != settings[key]]
        if differing:
            raise OpticalError(f"{output}: holds parts of another {' and '.join(differing)}; name another --output")
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
    try:
        passage = json.loads(line)
        return str(passage["id"]), str(passage["contents"])
    except (ValueError, KeyError, TypeError) as error:
        raise OpticalError(f"{path}:{place}: is no passage, JSON with `id` and `contents` ({error})") from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Encode from the command line, under the names of `pyserini.encode`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="JSON-lines file or folder of them: id, contents")
    parser.add_argument("--output", required=True, help="folder for the parts")
    parser.add_argument("--encoder", default="optical", help="student whose teacher encodes")
    parser.add_argument("--device", default="cpu", help="torch device")
    parser.add_argument("--part-size", type=int, default=50_000, help="passages a part")
    parser.add_argument("--shard-id", type=int, default=0, help="which process this is, from 0")
    parser.add_argument("--shard-num", type=int, default=1, help="how many processes there are")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="encode all shards on this Ray cluster (local: start one here)"
    )
    options = parser.parse_args(arguments)
    if options.ray:
        if options.shard_id:
            raise OpticalError(f"--shard-id {options.shard_id}: with --ray, all shards are encoded; leave it out")
        from pyserini_optical.encoder.sharded_ray import encode_parts_on_ray

        parts = encode_parts_on_ray(
            options.corpus,
            options.output,
            options.encoder,
            options.ray,
            options.part_size,
            options.shard_num,
            options.device,
        )
        logger.info("%d parts done", len(parts))
        return
    from pyserini_optical.encoder.document import OpticalDocumentEncoder

    encoder = OpticalDocumentEncoder(options.encoder, device=options.device)
    teacher = encoder.checkpoint.teacher.name
    parts = encode_parts(
        options.corpus, options.output, encoder, teacher, options.part_size, options.shard_id, options.shard_num
    )
    logger.info("%d parts done", len(parts))


if __name__ == "__main__":
    import sys

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main()
    except OpticalError as error:
        sys.exit(f"error: {error}")
