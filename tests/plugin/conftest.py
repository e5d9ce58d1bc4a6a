"""One collection, indexed by Pyserini's own commands, for all tests of the area."""

import json

import numpy as np
import pytest

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

PASSAGES = 60


@pytest.fixture(scope="session")
def work(tmp_path_factory, installation):
    """Sixty passages, five Swahili questions they answer, and both indexes, made by Pyserini's commands."""
    import gzip

    folder = tmp_path_factory.mktemp("work")
    qrels = read_qrels(shipped("eval/lowres-clir/qrels/afriqa-swa.txt"))
    topics = dict(list(read_topics(shipped("eval/lowres-clir/topics/afriqa-swa.swa.tsv")).items())[:5])
    wanted = {document for query in topics for document in qrels[query]}
    with gzip.open(shipped("eval/lowres-clir/corpus.jsonl.gz"), "rt", encoding="utf-8") as file:
        passages = [json.loads(line) for line in file]
    passages.sort(key=lambda passage: passage["id"] not in wanted)
    (folder / "corpus").mkdir()
    with open(folder / "corpus" / "passages.jsonl", "w", encoding="utf-8") as file:
        for passage in passages[:PASSAGES]:
            contents = f"{passage['title']}\n{passage['contents'][:400]}"
            file.write(json.dumps({"id": passage["id"], "contents": contents}) + "\n")
    (folder / "topics.tsv").write_text("".join(f"{qid}\t{text}\n" for qid, text in topics.items()), encoding="utf-8")
    installation.run(
        *("-m", "pyserini.encode", "input", "--corpus", "corpus", "--fields", "title", "text"),
        *("output", "--embeddings", "vectors", "--to-faiss"),
        *("encoder", "--encoder", "optical", "--fields", "title", "text", "--dimension", "384", "--device", "cpu"),
        cwd=folder,
    )
    installation.run(
        *("-m", "pyserini.index.lucene", "--collection", "JsonCollection", "--input", "corpus", "--index", "words"),
        *("--generator", "DefaultLuceneDocumentGenerator", "--storeRaw", "--threads", "1"),
        cwd=folder,
    )
    return folder


@pytest.fixture(scope="session")
def expected(work):
    """The ranking by plain arithmetic: question -> the ten best passages and their scores."""
    import faiss

    index = faiss.read_index(str(work / "vectors" / "index"))
    passages = index.reconstruct_n(0, index.ntotal)
    ids = (work / "vectors" / "docid").read_text(encoding="utf-8").split()
    topics = read_topics(work / "topics.tsv")
    scores = load_query_encoder("optical").encode_batch(list(topics.values())) @ passages.T
    return {
        query: {ids[place]: row[place] for place in np.argsort(-row)[:10]}
        for query, row in zip(topics, scores, strict=True)
    }
