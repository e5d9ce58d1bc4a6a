"""Pyserini's own commands, for real: a fresh process, the wheel, a JVM, an index, the shipped student."""

import json
import shutil

import numpy as np
import pytest

from pyserini_optical.encoder import OpticalDocumentEncoder, export_student
from pyserini_optical.runs import read_run
from pyserini_optical.shipped import shipped
from tests.tiny import make_packs, make_teacher


def assert_same(path, expected):
    run = read_run(path)
    assert set(run) == set(expected)
    for query, ranking in expected.items():
        np.testing.assert_allclose(list(run[query].values()), list(ranking.values()), atol=1e-5)
        assert next(iter(run[query])) == next(iter(ranking))


def search(module, encoder, output, *more):
    words = ("--index", "vectors", "--topics", "topics.tsv", "--hits", "10", "--output", output)
    return ("-m", module, "--encoder", encoder, *words, *more)


def test_encode_fills_the_index_with_the_teachers_vectors(work):
    import faiss

    with open(work / "corpus" / "passages.jsonl", encoding="utf-8") as file:
        contents = [json.loads(line)["contents"].split("\n") for line in file]
    index = faiss.read_index(str(work / "vectors" / "index"))
    vectors = OpticalDocumentEncoder("optical").encode([text for _, text in contents], [title for title, _ in contents])
    np.testing.assert_allclose(index.reconstruct_n(0, index.ntotal), vectors, atol=1e-5)


@pytest.mark.parametrize("more", [(), ("--batch-size", "4", "--threads", "2")])
def test_search_faiss(installation, work, expected, more):
    installation.run(*search("pyserini.search.faiss", "optical", "faiss.txt", *more), cwd=work)
    assert_same(work / "faiss.txt", expected)


def test_search_with_an_optical_encoder_is_dense(installation, work, expected):
    installation.run(*search("pyserini.search", "optical", "search.txt"), cwd=work)
    assert_same(work / "search.txt", expected)


def test_search_with_anything_else_is_lucenes(installation, work):
    words = ("--index", "words", "--topics", "topics.tsv", "--bm25", "--hits", "10", "--output")
    installation.run("-m", "pyserini.search", *words, "passed-through.txt", cwd=work)
    installation.run("-m", "pyserini.search.lucene", *words, "lucene.txt", cwd=work, PYSERINI_OPTICAL_HOOK="0")
    assert (work / "passed-through.txt").read_bytes() == (work / "lucene.txt").read_bytes()


def test_hybrid(installation, work, expected):
    installation.run(
        *("-m", "pyserini.search.hybrid", "dense", "--index", "vectors", "--encoder", "optical"),
        *("sparse", "--index", "words", "fusion", "--alpha", "0", "--hits", "60"),
        *("run", "--topics", "topics.tsv", "--hits", "10", "--output", "hybrid.txt"),
        cwd=work,
    )
    assert_same(work / "hybrid.txt", expected)


def test_a_students_folder_by_whatever_name(installation, work):
    language = next(iter(json.loads((shipped("encoders/optical") / "optical.json").read_text("utf-8"))["languages"]))
    folder = export_student("optical", work / "lance-dse-clip", language)
    installation.run(*search("pyserini.search.faiss", "lance-dse-clip", "folder.txt"), cwd=work)
    flags = ("--encoder-class", "auto", "--pooling", "mean", "--l2-norm")
    installation.run(
        *search("pyserini.search.faiss", folder.name, "stock.txt", *flags), cwd=work, PYSERINI_OPTICAL_HOOK="0"
    )
    ours, stock = read_run(work / "folder.txt"), read_run(work / "stock.txt")
    for query, ranking in ours.items():
        np.testing.assert_allclose(list(ranking.values()), list(stock[query].values()), atol=1e-4)


def fails_in_one_line(installation, work, words, *expected):
    done = installation.run(*words, cwd=work, status=1)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in done.stderr
    for word in expected:
        assert word in line
    output = words[words.index("--output") + 1]
    assert not (work / output).exists()


def test_another_teachers_index(installation, work):
    teacher = make_teacher(work / "teacher-of-16")
    make_packs(work / "packs-of-16", teacher)
    words = search("pyserini.search.faiss", "packs-of-16", "bad.txt")
    fails_in_one_line(installation, work, words, "384", "16", str(teacher))


def test_a_prebuilt_index_that_does_not_exist(installation, work):
    words = list(search("pyserini.search.faiss", "optical", "bad.txt"))
    words[words.index("vectors")] = "no-such-index"
    fails_in_one_line(installation, work, words, "no-such-index", "prebuilt")


def test_a_missing_index_bad_topics_and_a_torn_student(installation, work):
    """Found before Java starts, so that these three take no time."""
    words = list(search("pyserini.search.faiss", "optical", "bad.txt"))
    words[words.index("vectors")] = "indexes/none"
    fails_in_one_line(installation, work, words, "indexes/none: no such index")
    (work / "twice.tsv").write_text("7\tnani\n7\tmji\n", encoding="utf-8")
    words = list(search("pyserini.search.faiss", "optical", "bad.txt"))
    words[words.index("topics.tsv")] = "twice.tsv"
    fails_in_one_line(installation, work, words, "twice.tsv:2", "7")
    shutil.copytree(shipped("encoders/optical"), work / "torn")
    (work / "torn" / "optical.json").write_text('{"format"', encoding="utf-8")
    fails_in_one_line(installation, work, search("pyserini.search.faiss", "torn", "bad.txt"), "torn/optical.json:1")


def test_every_stock_key_resolves_as_before(installation, tmp_path):
    """Which class each name gets from Pyserini's own resolution, without the hook and with it."""
    script = tmp_path / "resolve.py"
    script.write_text(RESOLVE, encoding="utf-8")
    without = json.loads(installation.run(script, PYSERINI_OPTICAL_HOOK="0").stdout.splitlines()[-1])
    with_hook = json.loads(installation.run(script).stdout.splitlines()[-1])
    assert without["keys"] == with_hook["keys"][1:]
    assert with_hook["keys"][0] == "optical"
    assert len(without["resolved"]) > 60
    assert with_hook["resolved"] == without["resolved"]


RESOLVE = """
import json
import pyserini.encode as encode
from pyserini.encode.__main__ import init_encoder
from pyserini.search.faiss.__main__ import init_query_encoder

resolved, keys = {}, list(encode.query_encoder_class_map)
for side, classes in (("query", encode.query_encoder_class_map), ("document", encode.document_encoder_class_map)):
    for key in [key for key in classes if key != "optical"]:
        classes[key] = lambda key=key, **settings: [key, sorted(map(str, settings.items()))]
    for key in [key for key in classes if key != "optical"]:
        for name in (key, f"castorini/{key}-msmarco", f"/data/optical/{key}"):
            if side == "query":
                found = init_query_encoder(name, None, None, "", None, "cpu", 256, "mean", True, None)
            else:
                found = init_encoder(name, None, "cpu", "mean", True, None, False, False)
            resolved[f"{side} {name}"] = found
print(json.dumps({"keys": keys, "resolved": resolved}))
"""


def test_a_search_reads_what_the_student_is_twice_at_most(work, installation):
    # Once to check the command before Java starts, once to load the student.
    program = """if True:
        import runpy, sys
        opened = []
        sys.addaudithook(lambda event, a: opened.append(str(a[0])) if event == "open" else None)
        runpy.run_module("pyserini.search.faiss", run_name="__main__", alter_sys=True)
        print("opened", sum(path.endswith("optical.json") for path in opened))
    """
    done = installation.run("-c", program, *search("", "optical", "audited.txt")[2:], cwd=work)
    assert "opened 2" in done.stdout
