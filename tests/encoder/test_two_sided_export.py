"""Student and teacher as one sentence-transformers model."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from sentence_transformers.sentence_transformer.modules import LayerNorm

from pyserini_optical.commands import main
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder
from pyserini_optical.encoder.two_sided_export import export_two_sided
from pyserini_optical.errors import MissingExtra, OpticalError
from pyserini_optical.runs import read_run
from pyserini_optical.shipped import shipped
from tests.encoder.teachers import WIDTH
from tests.encoder.test_ordinary_teachers import bert, bitext, dense, save  # noqa: F401

QUERIES = ["mji mkuu wa kenya ni upi", "nani", "mto " * 40]
PASSAGES = ["what is the capital of kenya", "river", "the first doctor " * 40]


def load(folder):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


def test_each_side_has_the_vectors_it_has_here(tiny_packs, tmp_path, capfd):
    command = ["export", str(tiny_packs / "swa"), "--format", "sentence-transformers", "--output"]
    assert main([*command, str(tmp_path / "both")]) == 0
    assert capfd.readouterr().err == ""
    model = load(tmp_path / "both")
    queries = load_query_encoder(str(tiny_packs / "swa")).encode_batch(QUERIES)
    np.testing.assert_allclose(model.encode_query(QUERIES), queries, atol=1e-5)
    np.testing.assert_allclose(
        model.encode_document(PASSAGES), OpticalDocumentEncoder(tiny_packs).encode(PASSAGES), atol=1e-5
    )
    assert main([*command, str(tmp_path / "both")]) != 0  # it is there


def test_heads_and_prompts_of_the_teacher_come_along(bert, bitext, tmp_path):  # noqa: F811
    prompts = {"query": "who was first: ", "document": "river: "}
    teacher = save(tmp_path / "teacher", bert, dense(), LayerNorm(WIDTH), pooling="cls", prompts=prompts)
    recipe = Recipe({"swa": [str(bitext)]}, teacher=str(teacher), form="pack", vocab_size=60, steps=0, held_out=2)
    list(distill(recipe, tmp_path / "packs"))
    model = load(export_two_sided(str(tmp_path / "packs"), tmp_path / "both", "swa"))
    np.testing.assert_allclose(model.encode_document(PASSAGES), load(teacher).encode_document(PASSAGES), atol=1e-5)
    queries = load_query_encoder(str(tmp_path / "packs" / "swa")).encode_batch(QUERIES)
    np.testing.assert_allclose(model.encode_query(QUERIES), queries, atol=1e-5)


def test_what_is_missing_or_cannot_be_said_is_one_line(tiny_packs, tmp_path, monkeypatch):
    with pytest.raises(OpticalError, match="holds several languages; choose one of swa, som"):
        export_two_sided(str(tiny_packs), tmp_path / "both")
    settings = json.loads((tiny_packs / "optical.json").read_text(encoding="utf-8"))
    shutil.copytree(tiny_packs, tmp_path / "framed")
    (tmp_path / "framed" / "optical.json").write_text(json.dumps(settings | {"template": "tct_colbert"}), "utf-8")
    with pytest.raises(OpticalError, match="cannot express"):
        export_two_sided(str(tmp_path / "framed" / "swa"), tmp_path / "both")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="sentence-transformers"):
        export_two_sided(str(tiny_packs / "swa"), tmp_path / "both")
    assert not (tmp_path / "both").exists()


SEARCH = """
import gzip, json, sys
import faiss
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1], device="cpu")
with gzip.open(sys.argv[2], "rt", encoding="utf-8") as file:
    passages = [json.loads(line) for _, line in zip(range(12), file)]
index = faiss.IndexFlatIP(384)
index.add(model.encode_document([f"{each['title']} {each['contents'][:200]}".strip() for each in passages]))
topics = [line.rstrip().split("\\t") for line in open(sys.argv[3], encoding="utf-8")][:8]
scores, places = index.search(model.encode_query([text for _, text in topics]), 12)
with open(sys.argv[4], "w") as run:
    for (query, _), row, found in zip(topics, scores, places):
        for rank, (score, place) in enumerate(zip(row, found), 1):
            print(query, "Q0", passages[place]["id"], rank, f"{score:.7f}", "st", file=run)
assert not any(name.startswith(("pyserini_optical.encoder", "pyserini.")) for name in sys.modules)
"""


def test_the_run_of_the_shipped_student_without_this_package(tmp_path):
    """sentence-transformers and Faiss alone, in a process of their own, rank as `--encoder optical-swa` does."""
    import gzip

    from pyserini_optical.topics import read_topics

    folder = export_two_sided("optical-swa", tmp_path / "both")
    corpus, topics = shipped("eval/lowres-clir/corpus.jsonl.gz"), shipped("eval/lowres-clir/topics/afriqa-swa.swa.tsv")
    subprocess.run([sys.executable, "-c", SEARCH, folder, corpus, topics, tmp_path / "run.txt"], check=True)
    with gzip.open(corpus, "rt", encoding="utf-8") as file:
        passages = [json.loads(line) for _, line in zip(range(12), file, strict=False)]
    vectors = OpticalDocumentEncoder("optical-swa").encode(
        [f"{p['title']} {p['contents'][:200]}".strip() for p in passages]
    )
    scores = load_query_encoder("optical-swa").encode_batch(list(read_topics(topics).values())[:8]) @ vectors.T
    run = read_run(tmp_path / "run.txt")
    assert len(run) == 8
    for row, ranking in zip(scores, run.values(), strict=True):
        expected = [row[[p["id"] for p in passages].index(docid)] for docid in ranking]
        np.testing.assert_allclose(list(ranking.values()), expected, atol=1e-5)
        assert np.argmax(row) == [p["id"] for p in passages].index(next(iter(ranking)))
