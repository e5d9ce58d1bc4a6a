import itertools
import json
from urllib.error import URLError

import numpy as np
import pytest

from pyserini_optical.commands import main
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.plugin import prebuilt
from pyserini_optical.runs import read_run
from tests.psq.conftest import DOCUMENTS, index_dir  # noqa: F401
from tests.tiny import DIMENSION

ROWS = {"maji": [("water", 0.75), ("rain", 0.125)], "mji": [("citi", 0.5), ("town", 0.375)], "mkuu": [("capit", 1.0)]}
TOPICS = "1\tmji mkuu wa Kenya ni upi\n2\tmaji\n"


@pytest.fixture
def flags(index_dir, tiny_packs, tmp_path):  # noqa: F811
    """All that a search needs, as flags."""
    import faiss

    TranslationTable.from_rows("swa", ROWS).save(tmp_path / "tables" / "swa")
    (tmp_path / "topics.tsv").write_text(TOPICS)
    dense = tmp_path / "faiss"
    dense.mkdir()
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(np.random.default_rng(3).normal(size=(len(DOCUMENTS), DIMENSION)).astype(np.float32))
    faiss.write_index(index, str(dense / "index"))
    (dense / "docid").write_text("".join(f"{document}\n" for document in DOCUMENTS))
    values = {
        "--topics": tmp_path / "topics.tsv",
        "--language": "swa",
        "--lucene-index": index_dir,
        "--dense-index": dense,
        "--table": tmp_path / "tables",
        "--encoder": tiny_packs,
    }
    return [str(part) for pair in values.items() for part in pair]


def test_queries_that_find_nothing_are_counted(flags, tmp_path, caplog):
    assert main(["search", "--mode", "bm25", *flags, "--output", str(tmp_path / "run")]) == 0
    assert "1 of 2 queries found nothing, such as 2" in caplog.text


def test_every_mode_and_the_hybrid_is_the_fusion_of_its_parts(flags, tmp_path):
    flags = [*flags, "--no-gloss"]  # by default a hybrid has one, and a dense search has not
    for mode in ("bm25", "psq", "dense", "hybrid"):
        assert main(["search", "--mode", mode, *flags, "--output", str(tmp_path / mode), "--threads", "2"]) == 0
    runs = {mode: read_run(tmp_path / mode) for mode in ("bm25", "psq", "dense", "hybrid")}
    assert next(iter(runs["psq"]["1"])) == "d4"
    assert set(runs["bm25"]) == {"1"}  # no English word in the second query
    assert set(runs["psq"]["2"]) == {"d1", "d3", "d5", "d8"}
    for penalty, hybrid in (("0", ["--hubness-penalty", "0"]), ("0.5", [])):
        dense, whole, fused = (tmp_path / f"{name}-{penalty}" for name in ("dense", "hybrid", "fused"))
        assert main(["search", "--mode", "dense", *flags, "--hubness-penalty", penalty, "--output", str(dense)]) == 0
        assert main(["search", "--mode", "hybrid", *flags, *hybrid, "--output", str(whole)]) == 0
        parts = ["--runs", str(tmp_path / "psq"), str(dense), "--topics", str(tmp_path / "topics.tsv")]
        assert main(["fuse", *parts, "--weights", "adaptive", "--output", str(fused)]) == 0
        assert ranked(fused) == ranked(whole)
    assert ranked(tmp_path / "dense") == ranked(tmp_path / "dense-0")
    assert read_run(tmp_path / "dense") != read_run(tmp_path / "dense-0.5")
    assert ranked(tmp_path / "hybrid") == ranked(tmp_path / "hybrid-0.5")


def ranked(path):
    return {query: list(ranking) for query, ranking in read_run(path).items()}


def test_an_output_that_exists_is_kept(flags, tmp_path, capsys):
    (tmp_path / "run").write_text("precious")
    assert main(["search", *flags, "--output", str(tmp_path / "run")]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "run").read_text() == "precious"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["--language", "som"], "has no table for som; it has swa"),
        (["--hits", "0"], "argument --hits: 0: give a whole number of at least 1"),
        (["--normalisation", "rank"], "pass --weights"),
        (["--hubness-penalty", "2"], "argument --hubness-penalty: 2: give a number from 0 to 1"),
        (["--table", "nowhere"], "nowhere: is not a translation table"),
    ],
)
def test_mistakes_are_named(flags, tmp_path, capsys, changes, message):
    assert main(["search", *flags, *changes, "--output", str(tmp_path / "run")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("mode", ["psq", "dense"])
def test_a_table_that_only_the_student_has_is_pointed_to(flags, tiny_packs, tmp_path, capsys, mode):
    TranslationTable.from_rows("som", {"biyo": [("water", 0.9)]}).save(tiny_packs / "som")
    search = ["search", *flags, "--mode", mode, "--gloss", "--language", "som", "--output", str(tmp_path / "run")]
    if mode == "dense":  # the gloss needs the table
        at = search.index("--lucene-index")
        del search[at : at + 2]
    assert main(search) == 2
    assert f"has no table for som, but {tiny_packs} has one; pass --table {tiny_packs}\n" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["Lucene", "Faiss"])
def test_an_index_that_is_nowhere_is_named(flags, tmp_path, capsys, monkeypatch, kind):
    import pyserini.prebuilt_index_info as info

    for catalogue in prebuilt.CATALOGUES.values():  # which Pyserini 2.4 downloads
        monkeypatch.setattr(info, catalogue, {}, raising=False)
    changes = [f"--{kind.lower().replace('faiss', 'dense')}-index", "nowhere"]
    assert main(["search", *flags, *changes, "--output", str(tmp_path / "run")]) == 2
    expected = f"nowhere: neither an index folder nor one of Pyserini's prebuilt {kind} indexes"
    assert capsys.readouterr().err == f"error: {expected}\n"
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("flag", ["--lucene-index", "--dense-index"])
def test_an_index_that_is_nowhere_is_named_without_pyserinis_lists(flags, tmp_path, capsys, monkeypatch, flag):
    def unreachable(*_words):
        raise URLError("no network")

    monkeypatch.setattr(prebuilt, "_find_entry", unreachable)
    assert main(["search", *flags, flag, "nowhere", "--output", str(tmp_path / "run")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: nowhere: is neither an index folder nor in Pyserini's cache (")
    assert line.endswith("list of prebuilt indexes cannot be downloaded (no network)")
    assert not (tmp_path / "run").exists()


def test_an_index_has_to_be_named(tmp_path, capsys):
    (tmp_path / "topics.tsv").write_text(TOPICS)
    command = ["search", "--mode", "psq", "--topics", str(tmp_path / "topics.tsv"), "--output", str(tmp_path / "run")]
    assert main(command) == 2
    assert "--lucene-index" in capsys.readouterr().err


def test_weights_are_tuned_saved_and_used(tmp_path, capsys):
    sparse = "".join(f"{query} Q0 good 1 2 s\n{query} Q0 bad 2 1 s\n" for query in range(10))
    (tmp_path / "sparse").write_text(sparse)
    (tmp_path / "dense").write_text(sparse.replace("good", "x").replace("bad", "good").replace("x", "bad"))
    (tmp_path / "qrels").write_text("".join(f"{query} 0 good 1\n" for query in range(10)))
    runs = ["--runs", str(tmp_path / "sparse"), str(tmp_path / "dense")]
    tune = [
        "--tune",
        str(tmp_path / "weights.json"),
        "--qrels",
        str(tmp_path / "qrels"),
        "--output",
        str(tmp_path / "a"),
    ]
    assert main(["fuse", *runs, *tune]) == 0
    assert "RR@10 1.0000 by cross-validation over 10 queries" in capsys.readouterr().out
    weights = json.loads((tmp_path / "weights.json").read_text())["weights"]
    assert weights[0] > weights[1]
    assert main(["fuse", *runs, "--weights", str(tmp_path / "weights.json"), "--output", str(tmp_path / "b")]) == 0
    assert read_run(tmp_path / "a") == read_run(tmp_path / "b")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--weights", "adaptive"], "pass them with --topics"),
        (["--weights", "1", "x"], "one number per run"),
        (["--weights", "1"], "1 weights for 2 runs"),
        (["--tune", "w.json"], "pass them with --qrels"),
    ],
)
def test_mistakes_in_fusing(tmp_path, capsys, more, message):
    (tmp_path / "run").write_text("1 Q0 a 1 2.0 t\n")
    runs = ["--runs", str(tmp_path / "run"), str(tmp_path / "run")]
    assert main(["fuse", *runs, *more, "--output", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def by_distance(flags, tmp_path):
    """The flags of a search over an index of the same vectors, of length 1, by inner product and by distance."""
    import faiss

    vectors = np.random.default_rng(3).normal(size=(len(DOCUMENTS), DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    folders = {}
    for name, index in (("product", faiss.IndexFlatIP(DIMENSION)), ("distance", faiss.IndexFlatL2(DIMENSION))):
        index.add(vectors)
        folders[name] = tmp_path / name
        folders[name].mkdir()
        faiss.write_index(index, str(folders[name] / "index"))
        (folders[name] / "docid").write_text("".join(f"{document}\n" for document in DOCUMENTS))
    return folders


@pytest.mark.parametrize("more", [["--mode", "dense"], ["--hubness-penalty", "0"], []])
def test_an_index_by_distance_is_searched_nearest_first(flags, by_distance, tmp_path, more):
    for name, folder in by_distance.items():
        assert (
            main(["search", *flags, "--dense-index", str(folder), *more, "--output", str(tmp_path / f"{name}.txt")])
            == 0
        )
    product, distance = (ranked(tmp_path / f"{name}.txt") for name in by_distance)
    assert product == distance


def write_approximate_index(folder, description, count=400):
    import faiss

    folder.mkdir()
    vectors = np.random.default_rng(5).normal(size=(count, DIMENSION)).astype(np.float32)
    index = faiss.index_factory(DIMENSION, description, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(folder / "index"))
    (folder / "docid").write_text("".join(f"d{row}\n" for row in range(count)))
    return folder


@pytest.mark.parametrize(
    ("description", "option", "wide"), [("HNSW4", "--ef-search", "400"), ("IVF20,Flat", "--nprobe", "20")]
)
def test_an_approximate_index_is_widened_and_says_what_it_leaves_out(
    flags, tmp_path, caplog, description, option, wide
):
    folder = write_approximate_index(tmp_path / "approximate", description)
    command = ["search", *flags, "--mode", "dense", "--dense-index", str(folder), "--hits", "400"]
    assert main([*command, "--output", str(tmp_path / "narrow")]) == 0
    assert "passages: it examines only a part of its 400; raise --ef-search" in caplog.text
    caplog.clear()
    assert main([*command, option, wide, "--output", str(tmp_path / "wide")]) == 0
    narrow, wide = read_run(tmp_path / "narrow"), read_run(tmp_path / "wide")
    assert len(narrow["1"]) < len(wide["1"])
    if option == "--nprobe":  # a graph may hold passages that no path leads to
        assert len(wide["1"]) == 400
        assert "examines" not in caplog.text


def test_a_parameter_of_another_kind_of_index_is_refused(flags, tmp_path, capsys):
    for option, words in (
        ("--ef-search", "is for HNSW indexes, but this index is IndexFlat"),
        ("--nprobe", "is for indexes with"),
    ):
        assert main(["search", *flags, option, "64", "--mode", "dense", "--output", str(tmp_path / "run")]) == 2
        assert words in capsys.readouterr().err


def test_another_teachers_index_is_refused_before_it_is_searched(flags, tmp_path, capsys):
    (tmp_path / "faiss" / "optical-index.json").write_text(
        json.dumps({"teacher": "intfloat/e5-small", "sha256": {"model.safetensors": "2" * 64}})
    )
    assert main(["search", *flags, "--mode", "dense", "--output", str(tmp_path / "run")]) == 2
    assert "was built with intfloat/e5-small, but " in capsys.readouterr().err


def test_a_query_of_more_words_than_lucene_takes_is_answered_with_the_others(flags, tmp_path):
    words = ["".join(letters) for letters in itertools.product("bdfgklmnprstvwz", "aeiou", "bdfgklmnprstvwz")]
    assert len(words) > 1100
    rows = {**ROWS, **{word: [(f"term{number}", 0.5), ("water", 0.25)] for number, word in enumerate(words)}}
    TranslationTable.from_rows("swa", rows).save(tmp_path / "long" / "swa")
    (tmp_path / "long.tsv").write_text(f"1\t{' '.join(words)}\n2\tmaji\n")
    for mode in ("psq", "bm25", "hybrid"):
        command = [
            "search",
            *flags,
            "--mode",
            mode,
            "--topics",
            str(tmp_path / "long.tsv"),
            "--table",
            str(tmp_path / "long"),
        ]
        if mode == "bm25":
            (tmp_path / "long.tsv").write_text(f"1\t{' '.join(words)} water\n2\train\n")
        assert main([*command, "--output", str(tmp_path / f"{mode}.long")]) == 0
        found = read_run(tmp_path / f"{mode}.long")
        assert set(found) == {"1", "2"}
        assert {"d1", "d3", "d8"} <= set(found["1"])


@pytest.mark.parametrize("mode", ["bm25", "psq"])
def test_documents_that_no_run_can_name_are_found_before_the_search(flags, tmp_path, capsys, mode):
    from pyserini.index.lucene import LuceneIndexer

    indexer = LuceneIndexer(args=["-index", str(tmp_path / "spaced"), "-generator", "DefaultLuceneDocumentGenerator"])
    indexer.add_doc_dict({"id": "doc 7", "contents": "clean water"})
    indexer.close()
    assert (
        main(
            [
                "search",
                *flags,
                "--mode",
                mode,
                "--lucene-index",
                str(tmp_path / "spaced"),
                "--output",
                str(tmp_path / "r"),
            ]
        )
        == 2
    )
    assert "spaced: the identifier of document 'doc 7' contains white space" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["bm25", "psq", "dense", "hybrid"])
def test_more_hits_than_memory_are_all_there_are(flags, tmp_path, mode):
    command = ["search", *flags, "--mode", mode, "--hits", "2000000000", "--output", str(tmp_path / "all")]
    assert main(command) == 0
    if mode != "bm25":
        assert len(read_run(tmp_path / "all")["1"]) <= len(DOCUMENTS)
