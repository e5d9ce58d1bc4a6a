import gzip
import json

import ir_datasets
import pytest

from pyserini_optical.collections import register_collection, register_lowres_clir
from pyserini_optical.collections.registration import lowres_clir_id
from pyserini_optical.errors import OpticalError
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "home"))


def test_registering_twice_is_harmless():
    register_lowres_clir()
    register_lowres_clir()
    assert "lowres-clir/flores/som" in ir_datasets.registry


@pytest.mark.parametrize(
    ("topic_set", "language", "name"),
    [
        ("flores", "som", "lowres-clir/flores/som"),
        ("afriqa-swa", "swa", "lowres-clir/afriqa/swa"),
        ("afriqa-swa", "eng", "lowres-clir/afriqa/swa/eng"),
        ("xquad", "eng", "lowres-clir/xquad/eng"),
    ],
)
def test_names(topic_set, language, name):
    assert lowres_clir_id(topic_set, language) == name


def test_every_set_reads_as_its_files_do():
    register_lowres_clir()
    folder = shipped("eval/lowres-clir")
    for file in (folder / "topics").glob("*.tsv"):
        topic_set, language = file.stem.split(".")
        dataset = ir_datasets.load(lowres_clir_id(topic_set, language))
        topics, qrels = read_topics(file), read_qrels(folder / "qrels" / f"{topic_set}.txt")
        assert {query.query_id: query.text for query in dataset.queries_iter()} == topics
        assert dataset.qrels_dict() == qrels
        assert (dataset.queries_count(), dataset.qrels_count()) == (len(topics), len(qrels))
        assert dataset.docs_count() == 5920


def test_documents_iterate_and_can_be_looked_up():
    register_lowres_clir()
    dataset = ir_datasets.load("lowres-clir/flores/som")
    documents = list(dataset.docs_iter())
    assert len(documents) == len({document.doc_id for document in documents}) == 5920
    assert dataset.docs_store().get(documents[17].doc_id) == documents[17]
    assert list(dataset.docs_iter()) == documents  # now from the store
    assert {qrel.doc_id for qrel in dataset.qrels_iter()} <= {document.doc_id for document in documents}


def test_own_collection_in_json_lines(tmp_path):
    with gzip.open(tmp_path / "d.jsonl.gz", "wt") as file:
        file.write(
            json.dumps({"_id": 7, "title": "T", "text": "one"}) + "\n\n" + json.dumps({"id": "8", "contents": "two"})
        )
    (tmp_path / "q.tsv").write_text("1\tquery\n")
    (tmp_path / "qrels.txt").write_text("1 0 7 2\n")
    register_collection("own-json", tmp_path / "d.jsonl.gz", tmp_path / "q.tsv", tmp_path / "qrels.txt", language="en")
    dataset = ir_datasets.load("own-json")
    assert list(dataset.docs_iter()) == [("7", "T", "one"), ("8", "", "two")]
    assert [document.default_text() for document in dataset.docs_iter()] == ["T one", "two"]
    assert dataset.docs_lang() == "en"
    assert dataset.docs_count() == 2
    assert dataset.qrels_dict() == {"1": {"7": 2}}
    with pytest.raises(OpticalError, match="own-json: ir_datasets already has a collection of that name"):
        register_collection("own-json", tmp_path / "d.jsonl.gz")


def test_own_collection_in_tsv_without_judgements(tmp_path):
    (tmp_path / "d.tsv").write_text("1\tbare\n2\ttitle\tbody\n")
    register_collection("own-tsv", tmp_path / "d.tsv")
    dataset = ir_datasets.load("own-tsv")
    assert list(dataset.docs_iter()) == [("1", "", "bare"), ("2", "title", "body")]
    assert not dataset.has_queries()


def test_changed_file_is_not_read_from_the_old_store(tmp_path):
    (tmp_path / "d.tsv").write_text("1\told\n")
    register_collection("own-changing", tmp_path / "d.tsv")
    dataset = ir_datasets.load("own-changing")
    assert dataset.docs_store().get("1").text == "old"
    (tmp_path / "d.tsv").write_text("1\tchanged\n")
    assert dataset.docs_store().get("1").text == "changed"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("d.tsv", "1\ta\n2\n", "d.tsv:2: 1 columns"),
        ("d.jsonl", '{"id": "1", "text": "a"}\n{"id": "2"}\n', "d.jsonl:2: needs one of"),
        ("d.jsonl", "{\n", "d.jsonl:1: not JSON"),
    ],
)
def test_faulty_documents_name_file_and_line(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    identifier = f"own-{tmp_path.name}"
    register_collection(identifier, tmp_path / name)
    with pytest.raises(OpticalError, match=message):
        list(ir_datasets.load(identifier).docs_iter())


def test_absent_file(tmp_path):
    with pytest.raises(OpticalError, match="no such file"):
        register_collection("own-absent", tmp_path / "none.tsv")
