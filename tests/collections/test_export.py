import json
import signal
import subprocess
import sys

import ir_datasets
import pytest
from ir_datasets.formats import BaseDocs

from pyserini_optical.collections import export
from pyserini_optical.collections.export import Export, export_collection
from pyserini_optical.collections.handlers import Passage
from pyserini_optical.commands import main
from pyserini_optical.errors import OpticalError
from pyserini_optical.topics import read_topics


class Documents(BaseDocs):
    """Numbered documents that break off where they are told to."""

    def __init__(self, count):
        super().__init__()
        self.count, self.stop, self.first = count, None, 0

    def docs_iter(self):
        for number in range(self.first, self.count):
            if number == self.stop:
                raise KeyboardInterrupt
            yield Passage(f"d{number}", f"title {number}", f"body\n{number}")

    def docs_cls(self):
        return Passage


@pytest.fixture
def documents(request, monkeypatch):
    monkeypatch.setattr(export, "PART_SIZE", 10)
    handler = Documents(47)
    name = f"numbered-{request.node.name}"
    ir_datasets.registry.register(name, ir_datasets.Dataset(handler))
    return name, handler


def read_corpus(folder):
    return [json.loads(line) for part in sorted((folder / "corpus").iterdir()) for line in part.open()]


WHOLE = [{"id": f"d{number}", "contents": f"title {number}\nbody {number}"} for number in range(47)]


def test_parts_and_counts(documents, tmp_path):
    seen = []
    assert export_collection(documents[0], tmp_path / "e", advance=seen.append) == Export(documents[0], 47, 0, 0)
    assert read_corpus(tmp_path / "e") == WHOLE
    assert len(list((tmp_path / "e" / "corpus").iterdir())) == 5
    assert sum(seen) == 47
    assert not (tmp_path / "e" / "topics.tsv").exists()


@pytest.mark.parametrize("stop", [0, 1, 9, 10, 11, 35, 46])
def test_broken_off_export_goes_on_without_loss_or_duplicate(documents, tmp_path, stop):
    name, handler = documents
    handler.stop = stop
    with pytest.raises(KeyboardInterrupt):
        export_collection(name, tmp_path / "e")
    assert len(read_corpus(tmp_path / "e")) == stop // 10 * 10
    handler.stop = None
    seen = []
    assert export_collection(name, tmp_path / "e", advance=seen.append).documents == 47
    assert read_corpus(tmp_path / "e") == WHOLE
    assert sum(seen) == 47


def test_killed_process_leaves_nothing_that_harms(tmp_path):
    script = """
import os, signal, sys, itertools, ir_datasets
sys.path.insert(0, sys.argv[2])
import test_export
from pyserini_optical.collections import export
export.PART_SIZE = 10
class Killed(test_export.Documents):
    def docs_iter(self):
        yield from itertools.islice(super().docs_iter(), 35)
        if not os.path.exists(sys.argv[1] + "/again"):
            os.kill(os.getpid(), signal.SIGKILL)
        yield from itertools.islice(super().docs_iter(), 35, None)
ir_datasets.registry.register("killed", ir_datasets.Dataset(Killed(47)))
export.export_collection("killed", sys.argv[1] + "/e")
"""
    here = __file__.rsplit("/", 1)[0]
    first = subprocess.run([sys.executable, "-c", script, str(tmp_path), here], check=False)
    assert first.returncode == -signal.SIGKILL
    assert [path.name for path in (tmp_path / "e" / "corpus").glob(".*")], "the kill came outside a part"
    (tmp_path / "again").touch()
    subprocess.run([sys.executable, "-c", script, str(tmp_path), here], check=True)
    assert read_corpus(tmp_path / "e") == WHOLE
    assert not list((tmp_path / "e" / "corpus").glob(".*"))


def test_other_order_is_noticed(documents, tmp_path):
    name, handler = documents
    handler.stop = 25
    with pytest.raises(KeyboardInterrupt):
        export_collection(name, tmp_path / "e")
    handler.stop, handler.first = None, 1
    with pytest.raises(
        OpticalError, match=r"part-00001.jsonl: does not match the collection .document 20 should be d19"
    ):
        export_collection(name, tmp_path / "e")


def test_finished_foreign_and_strange_folders_are_refused(documents, tmp_path):
    name, handler = documents
    export_collection(name, tmp_path / "e")
    with pytest.raises(OpticalError, match="already holds the complete export"):
        export_collection(name, tmp_path / "e")
    with pytest.raises(OpticalError, match=f"holds an export of {name}"):
        export_collection("lowres-clir", tmp_path / "e")
    handler.first = 40
    assert export_collection(name, tmp_path / "e", overwrite=True).documents == 7
    assert read_corpus(tmp_path / "e") == WHOLE[40:]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(OpticalError, match="is neither empty nor an export"):
        export_collection(name, tmp_path / "mine")


def test_unknown_dataset_gets_a_hint():
    with pytest.raises(OpticalError, match="no such collection; similar names: lowres-clir/flores/som"):
        export_collection("lowres-clir/flores/somm", "unused")


def test_verb_exports_the_shipped_collection(tmp_path, capsys):
    assert main(["collection", "export", "lowres-clir/afriqa/swa", "--output", str(tmp_path / "e")]) == 0
    assert "5,920 documents, 98 queries, 98 judgements" in capsys.readouterr().out
    assert len(read_topics(tmp_path / "e" / "topics.tsv")) == 98
    assert len((tmp_path / "e" / "qrels.txt").read_text().splitlines()) == 98
    assert main(["collection", "export", "lowres-clir/afriqa/swa", "--output", str(tmp_path / "e")]) == 2
    assert "pass --overwrite" in capsys.readouterr().err


def test_verb_lists(capsys):
    assert main(["collection", "list"]) == 0
    assert "lowres-clir/flores/som\n" in capsys.readouterr().out


class Askers(Documents):
    """Documents with identifiers and queries as they may be."""

    def __init__(self, identifiers, queries):
        super().__init__(len(identifiers))
        self.identifiers, self.queries = identifiers, queries

    def docs_iter(self):
        for identifier in self.identifiers:
            yield Passage(identifier, "title", "body")

    def queries_iter(self):
        from ir_datasets.formats import GenericQuery

        return (GenericQuery(identifier, text) for identifier, text in self.queries.items())

    def queries_cls(self):
        from ir_datasets.formats import GenericQuery

        return GenericQuery


def register(name, identifiers, queries):
    from ir_datasets.formats import BaseQueries

    class Handler(Askers, BaseQueries):
        pass

    ir_datasets.registry.register(name, ir_datasets.Dataset(Handler(identifiers, queries)))
    return name


def test_queries_without_text_are_left_out_and_said(tmp_path, caplog):
    name = register("some-empty", ["d1"], {"1": "maji", "2": " ", "3": ""})
    assert export_collection(name, tmp_path / "e").queries == 1
    assert read_topics(tmp_path / "e" / "topics.tsv") == {"1": "maji"}
    assert "2 queries have no text and were skipped: 2, 3" in caplog.text


@pytest.mark.parametrize(
    ("name", "identifiers", "queries", "spaced"),
    [("spaced-document", ["d1", "doc 2"], {"1": "maji"}, "doc 2"), ("spaced-query", ["d1"], {"q 1": "maji"}, "q 1")],
)
def test_an_identifier_that_search_would_refuse_is_not_written(tmp_path, name, identifiers, queries, spaced):
    with pytest.raises(OpticalError, match=f"identifier '{spaced}' is empty or contains white space"):
        export_collection(register(name, identifiers, queries), tmp_path / "e")


def test_without_a_network_it_is_one_line(tmp_path, monkeypatch, capsys):
    from ir_datasets.util import download

    def fail(self, *_, **__):
        raise RuntimeError("All download sources failed", [("http://nowhere.invalid", OSError("no such host"))])

    monkeypatch.setattr(download.Download, "path", fail)
    monkeypatch.setattr(download.Download, "stream", fail)
    assert main(["collection", "export", "vaswani", "--output", str(tmp_path / "v")]) == 2
    printed = capsys.readouterr().err
    assert "vaswani: ir_datasets downloads it on first use, but cannot" in printed
    assert "Traceback" not in printed
