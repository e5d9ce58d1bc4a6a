"""Build the indexes of the large pool: lowres-clir's 5,920 passages among 200,000 others of English Wikipedia.

    python eval/reproduction/large_pool/build.py --passages FOLDER --output FOLDER

The folder of passages holds `english-200k.jsonl.gz` (`id`, `title`, `contents`) and, in the same order,
`english-200k.vectors.safetensors` (`vectors` int8 times `scale` float32: all-MiniLM-L6-v2, to be brought to unit
length). The output gets `corpus`, `lucene`, `dense` (flat) and `dense-hnsw` (approximate) of all 205,920 passages; the
same of the first 50,000 (`corpus-50k`, ...), among which those of lowres-clir are; and of these alone (`corpus-small`,
...). Each appears whole or not at all: a run that was killed goes on.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from pyserini_optical.collections.export import export_collection
from pyserini_optical.encoder.document import OpticalDocumentEncoder
from pyserini_optical.encoder.sharded import encode_parts
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_folder
from pyserini_optical.plugin.java import prepare_java

NAME = "english-200k"
OTHERS = {"-small": 0, "": 200_000, "-50k": 44_080}
"""Of the 200,000 passages, how many stand among those of lowres-clir."""
NEIGHBOURS, BUILD_DEPTH, SEARCH_DEPTH = 32, 200, 128
AT_ONCE = 2000


def main() -> None:
    """Build what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", required=True, type=Path, help=f"folder of {NAME}.jsonl.gz and its vectors")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for name in (f"{NAME}.jsonl.gz", f"{NAME}.vectors.safetensors"):
        if not (options.passages / name).is_file():
            raise OpticalError(f"{options.passages}: holds no {name}")
    for name, make in list_steps(options.passages, options.output, options.threads).items():
        if (options.output / name).exists():
            continue
        print(name, flush=True)
        with write_folder(options.output / name) as folder:
            make(folder)


def list_steps(passages: Path, output: Path, threads: int) -> dict[str, Callable[[Path], None]]:
    """What is built, in an order in which it can be."""
    small = output / "corpus-small"
    steps: dict[str, Callable[[Path], None]] = {
        "corpus-small": write_small_corpus,
        "dense-small": lambda folder: encode_small(small, output / "parts-small", folder),
    }
    for suffix, others in OTHERS.items():
        corpus, dense = output / f"corpus{suffix}", output / f"dense{suffix}"
        if others:
            steps[corpus.name] = lambda folder, n=others: write_corpus(small, passages, n, folder)
            steps[dense.name] = lambda folder, n=others: join_vectors(output / "dense-small", passages, n, folder)
        steps[f"lucene{suffix}"] = lambda folder, corpus=corpus: index_text(corpus, folder)
        steps[f"dense-hnsw{suffix}"] = lambda folder, dense=dense: build_graph(dense, folder, threads)
    return steps


def write_small_corpus(folder: Path) -> None:
    """Write the passages of lowres-clir as Pyserini's JsonCollection."""
    export_collection("lowres-clir", folder / "export")
    for part in (folder / "export" / "corpus").iterdir():
        part.rename(folder / part.name)
    (folder / "export" / "collection.json").unlink()
    (folder / "export" / "corpus").rmdir()
    (folder / "export").rmdir()


def write_corpus(small: Path, passages: Path, others: int, folder: Path) -> None:
    """Write the same passages, and others after them."""
    for part in small.iterdir():
        os.link(part, folder / part.name)
    with (
        open_text(passages / f"{NAME}.jsonl.gz") as lines,
        open(folder / f"{NAME}.jsonl", "w", encoding="utf-8") as file,
    ):
        for line in tqdm(itertools.islice(lines, others), total=others, unit="passage", disable=None):
            passage = json.loads(line)
            contents = f"{passage['title']}\n{passage['contents']}".lstrip("\n")
            file.write(json.dumps({"id": passage["id"], "contents": contents}, ensure_ascii=False) + "\n")


def index_text(corpus: Path, folder: Path) -> None:
    """Index the text as Pyserini does by default, and keep it in the index."""
    prepare_java()
    command = ["pyserini.index.lucene", "--collection", "JsonCollection", "--input", str(corpus)]
    # One thread and one segment: the same documents in the same order, on every machine.
    command += ["--generator", "DefaultLuceneDocumentGenerator", "--threads", "1", "--optimize", "--storeRaw"]
    done = subprocess.run([sys.executable, "-m", *command, "--index", str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise OpticalError(f"{corpus}: could not be indexed: {(done.stderr or done.stdout).strip()[-500:]}")


def encode_small(corpus: Path, parts: Path, folder: Path) -> None:
    """Encode the passages of lowres-clir with the teacher, in parts that a killed run keeps."""
    import faiss

    encoder = OpticalDocumentEncoder("optical")
    found = encode_parts(corpus, parts, encoder, encoder.name, part_size=1000)
    index = faiss.IndexFlatIP(encoder.dimension)
    docids = ""
    for part in found:
        index.merge_from(faiss.read_index(str(part / "index")))
        docids += (part / "docid").read_text(encoding="utf-8")
    write_index(folder, index, docids)


def join_vectors(small: Path, passages: Path, others: int, folder: Path) -> None:
    """Put the shipped vectors behind those of lowres-clir."""
    import faiss
    from safetensors.numpy import load_file

    tensors = load_file(passages / f"{NAME}.vectors.safetensors")
    index = faiss.read_index(str(small / "index"))
    with open_text(passages / f"{NAME}.jsonl.gz") as lines:
        docids = [json.loads(line)["id"] for line in lines]
    if len(docids) != len(tensors["vectors"]):
        raise OpticalError(f"{passages}: {len(docids)} passages and {len(tensors['vectors'])} vectors")
    for start in range(0, others, AT_ONCE):
        part = slice(start, min(start + AT_ONCE, others))
        vectors = tensors["vectors"][part].astype(np.float32) * tensors["scale"][part, None]
        index.add(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    known = (small / "docid").read_text(encoding="utf-8")
    write_index(folder, index, known + "".join(f"{docid}\n" for docid in docids[:others]))


def build_graph(dense: Path, folder: Path, threads: int) -> None:
    """Build the index that is searched approximately; it holds the same vectors."""
    import faiss

    faiss.omp_set_num_threads(threads)
    flat = faiss.read_index(str(dense / "index"))
    index = faiss.IndexHNSWFlat(flat.d, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = BUILD_DEPTH, SEARCH_DEPTH
    for start in tqdm(range(0, flat.ntotal, AT_ONCE), disable=None):
        index.add(flat.reconstruct_n(start, min(AT_ONCE, flat.ntotal - start)))
    write_index(folder, index, (dense / "docid").read_text(encoding="utf-8"))


def write_index(folder: Path, index: object, docids: str) -> None:
    """Write a Faiss index as Pyserini reads it."""
    import faiss

    faiss.write_index(index, str(folder / "index"))
    (folder / "docid").write_text(docids, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except OpticalError as error:
        sys.exit(f"error: {error}")
