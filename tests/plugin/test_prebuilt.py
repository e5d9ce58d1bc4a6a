"""Prebuilt indexes by name: a cache laid out as Pyserini's, searched offline by its own commands and by ours."""

import shutil
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version

import pytest

from pyserini_optical.commands import main
from pyserini_optical.encoder.checkpoint import read_checkpoint, write_checkpoint
from pyserini_optical.plugin.java import prepare_java
from pyserini_optical.runs import read_run
from pyserini_optical.shipped import shipped

WORDS, VECTORS = "msmarco-v1-passage", "msmarco-v1-passage.bge-base-en-v1.5"


@pytest.fixture(scope="module")
def cache(work, tmp_path_factory):
    """A cache with the work's two indexes in it, under the names of prebuilt ones."""
    home = tmp_path_factory.mktemp("cache")
    names = {
        WORDS: f"lucene-inverted.{WORDS}.20221004.252b5e.{'c' * 32}",
        VECTORS: f"faiss-flat.{VECTORS}.20240107.{'b' * 32}",
    }
    prepare_java()
    from pyserini.prebuilt_index_info import FAISS_INDEX_INFO, TF_INDEX_INFO

    with suppress(OSError):  # of Pyserini 2.4 the lists are fetched
        for name, catalogue in ((WORDS, TF_INDEX_INFO), (VECTORS, FAISS_INDEX_INFO)):
            file = catalogue[name].get("filename") or catalogue[name]["urls"][0].rsplit("/", 1)[-1]
            names[name] = f"{file.removesuffix('.tar.gz')}.{catalogue[name]['md5']}"
    for name, folder in (("words", names[WORDS]), ("vectors", names[VECTORS])):
        shutil.copytree(work / name, home / "indexes" / folder)
    for origin in (home / "indexes").glob("*/optical-index.json"):
        origin.unlink()
    return home


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """The shipped Swahili pack as one whose teacher is the prebuilt index's, were it of 384 dimensions."""
    folder = tmp_path_factory.mktemp("student") / "packs"
    shipped_packs = shipped("encoders/optical")
    folder.mkdir()
    shutil.copytree(shipped_packs / "swa", folder / "swa")
    checkpoint = read_checkpoint(shipped_packs)
    languages = {"swa": checkpoint.languages["swa"]}
    notes = {"for_index": VECTORS}
    write_checkpoint(folder, replace(checkpoint, languages=languages, sha256={}, notes=notes))
    return folder / "swa"


def search(cache, work, *words, monkeypatch, capsys):
    """Our command, in this process: its exit status, and what it printed of errors."""
    monkeypatch.setenv("PYSERINI_CACHE", str(cache))
    monkeypatch.chdir(work)
    common = ("--language", "swa", "--topics", "topics.tsv", "--hits", "10", "--output")
    status = main(["search", *map(str, words[:-1]), *common, str(words[-1])])
    return status, [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]


def test_a_cached_index_is_searched_by_name(
    installation, cache, work, student, tmp_path, tmp_path_factory, monkeypatch, capsys
):
    for by, index, name in (("folder", work / "vectors", work / "words"), ("name", VECTORS, WORDS)):
        dense = ("--mode", "dense", "--encoder", student, "--dense-index", index, tmp_path / f"dense-{by}")
        words = ("--mode", "psq", "--lucene-index", name, tmp_path / f"psq-{by}")
        for each in (dense, words):
            assert search(cache, work, *each, monkeypatch=monkeypatch, capsys=capsys) == (0, [])
    for kind in ("dense", "psq"):
        assert read_run(tmp_path / f"{kind}-name") == read_run(tmp_path / f"{kind}-folder")

    # Pyserini's own searchers hold an index of words against the numbers of its list, which none of 60 passages has.
    alone = tmp_path_factory.mktemp("dense-alone") / "cache"
    shutil.copytree(cache, alone, ignore=shutil.ignore_patterns("lucene-*"))
    words = ("--topics", "topics.tsv", "--hits", "10", "--output", tmp_path / "stock")
    stock = ("-m", "pyserini.search.faiss", "--encoder", student, "--index", VECTORS)
    installation.run(*stock, *words, cwd=work, PYSERINI_CACHE=str(alone))
    ours, stock = read_run(tmp_path / "dense-name"), read_run(tmp_path / "stock")
    assert {query: list(ranking) for query, ranking in stock.items()} == {q: list(found) for q, found in ours.items()}


REFUSALS = [
    (("--mode", "dense", "--dense-index", VECTORS), "built with BAAI/bge-base-en-v1.5, but optical"),
    (("--mode", "dense", "--dense-index", "wikipedia-dpr-100w.bpr-single-nq"), "no student can be trained"),
    (("--mode", "dense", "--dense-index", "msmarco-v1-pasage"), "neither an index folder nor one of"),
    (("--mode", "dense", "--dense-index", WORDS), "is a prebuilt Lucene index"),
    (("--mode", "psq", "--lucene-index", VECTORS), "is a prebuilt Faiss index"),
    (("--mode", "psq", "--lucene-index", "msmarco-v2-passage"), "is not in Pyserini's cache"),
    (("--mode", "psq", "--lucene-index", "msmarco-v1-pasage"), "similar names: msmarco-v1-passage"),
]


@pytest.mark.skipif(not version("pyserini").startswith("1."), reason="2.4 fetches its lists of prebuilt indexes")
def test_a_name_that_cannot_be_served_is_refused_in_one_line(cache, work, monkeypatch, capsys):
    for words, expected in REFUSALS:
        status, lines = search(cache, work, *words, "refused.txt", monkeypatch=monkeypatch, capsys=capsys)
        assert status != 0
        assert len(lines) == 1, words
        assert expected in lines[0]
        if expected.startswith("is not in"):
            assert str(cache) in lines[0]
        assert not (work / "refused.txt").exists()


def test_the_stock_command_refuses_another_teachers_index_by_name(installation, cache, work):
    words = ("--index", VECTORS, "--topics", "topics.tsv", "--output", "refused.txt", "--encoder", "optical")
    done = installation.run("-m", "pyserini.search.faiss", *words, cwd=work, status=1, PYSERINI_CACHE=str(cache))
    assert "Traceback" not in done.stderr
    assert "error: msmarco-v1-passage.bge-base-en-v1.5: was built with BAAI/bge-base-en-v1.5" in done.stderr
