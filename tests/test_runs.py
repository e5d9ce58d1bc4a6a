import gzip
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyserini_optical import runs
from pyserini_optical.errors import OpticalError
from pyserini_optical.runs import check_run, rank, read_run, write_run

GOOD = "007 Q0 d1 1 2.5 t\n007 Q0 d2 2 1.5 t\n7 Q0 d1 1 9 t\n"
READ = {"007": {"d1": 2.5, "d2": 1.5}, "7": {"d1": 9.0}}


def put(tmp_path, text, name="run.txt"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace(" ", "\t"),
        GOOD.replace(" ", "  "),
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\n\n"),
        "\ufeff" + GOOD,
        "007 Q0 d2 2 1.5 t\n7 Q0 d1 1 9 t\n007 Q0 d1 1 2.5 t\n",
    ],
    ids=["plain", "crlf", "tabs", "wide", "no-last-newline", "blank-lines", "bom", "shuffled"],
)
@pytest.mark.parametrize("name", ["run.txt", "run.txt.gz"])
def test_lawful_shapes_read_alike(tmp_path, text, name):
    run = read_run(put(tmp_path, text, name))
    assert run == READ
    assert list(run["007"]) == ["d1", "d2"]


@pytest.mark.parametrize("score", ["nan", "NaN", "inf", "-inf", "1e400", "high", "1_0"])
def test_score_not_finite(tmp_path, score):
    path = put(tmp_path, f"12 Q0 d1 1 3 t\n12 Q0 d7 2 {score} t\n")
    with pytest.raises(OpticalError, match=rf"run.txt:2: score is {score}.*\(query 12, document d7\)"):
        read_run(path)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1 Q0 a 1 2 t\n1 Q0 b 2 1\n", "run.txt:2: 5 columns; a run has six"),
        ("1 Q0 a 1 2\n1 Q0 b 2 1 t more\n", "run.txt:1: 5 columns"),
        ("1 Q0 a 1 2 t\n\n1 Q0 a 2 1 t\n", "run.txt:3: document a stands in query 1 already .line 1."),
        ("1 Q0 a 1 2 t\n2 Q0 c 1 1 t\n1 Q0 a 2 1 t\n", "run.txt:3: document a stands in query 1 already .line 1."),
        ("1 Q0 a one 2 t\n", "run.txt:1: rank 'one' is not a whole number"),
        ("1 Q0 a -1 2 t\n", "run.txt:1: rank '-1'"),
        ("1 Q0 a 1_0 2 t\n", "run.txt:1: rank '1_0'"),
        ("1 Q0 a 1 2 t\n1 Q0 b 1 1 t\n", "run.txt:2: rank 1 stands in query 1 already"),
        ("1 Q0 a 1 1 t\n1 Q0 b 2 2 t\n", "run.txt:2: rank 2 of query 1 scores 2, more than rank 1"),
        ("\n", "run.txt: holds no results"),
        ("", "run.txt: holds no results"),
    ],
)
def test_fault_names_file_and_line(tmp_path, lines, message):
    with pytest.raises(OpticalError, match=message):
        read_run(put(tmp_path, lines))


def test_duplicate_across_chunks_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_CHUNK", 20)
    lines = [f"1 Q0 d{place} {place} {-place} t\n" for place in range(1, 50)]
    assert read_run(put(tmp_path, "".join(lines))) == {"1": {f"d{place}": -place for place in range(1, 50)}}
    lines[40] = "1 Q0 d3 41 -41 t\n"
    with pytest.raises(OpticalError, match=r"run.txt:41: document d3 stands in query 1 already \(line 3\)"):
        read_run(put(tmp_path, "".join(lines)))


def test_contradicting_ranks_across_chunks_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_CHUNK", 5)
    with pytest.raises(OpticalError, match=r"run.txt:2: rank 2 of query 1 scores 3"):
        read_run(put(tmp_path, "1 Q0 a 1 2 t\n1 Q0 b 2 3 t\n"))


def test_unknown_query_names_its_line(tmp_path):
    with pytest.raises(OpticalError, match=r"run.txt:3: query 7 is not among the 1 known"):
        read_run(put(tmp_path, GOOD), queries={"007"})


def test_broken_files(tmp_path):
    with pytest.raises(OpticalError, match="no such file"):
        read_run(tmp_path / "absent.txt")
    whole = gzip.compress(GOOD.encode() * 1)
    (tmp_path / "cut.gz").write_bytes(whole[:-12])
    with pytest.raises(OpticalError, match="cut short"):
        read_run(tmp_path / "cut.gz")
    (tmp_path / "latin.txt").write_bytes("1 Q0 é 1 2 t\n".encode("latin-1"))
    with pytest.raises(OpticalError, match="not UTF-8"):
        read_run(tmp_path / "latin.txt")


words = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=6)
rankings = st.dictionaries(words, st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=12).map(rank)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(words, rankings, min_size=1, max_size=5))
def test_written_run_reads_back_in_order_and_strictly_decreasing(tmp_path_factory, run):
    path = tmp_path_factory.mktemp("runs") / "run.txt.gz"
    write_run(path, run, "tag")
    again = read_run(path)
    assert runs._read_quickly(path) == runs._read_carefully(path) == again
    assert {query: list(ranking) for query, ranking in again.items()} == {q: list(r) for q, r in run.items()}
    for query, ranking in again.items():
        scores = np.array(list(ranking.values()), np.float32)
        assert (np.diff(scores) < 0).all()
        np.testing.assert_allclose(scores, list(run[query].values()), rtol=2e-6, atol=2e-36)


def test_ties_are_nudged_by_the_smallest_step(tmp_path):
    write_run(tmp_path / "r", {"q": {"b": 1.0, "a": 1.0, "c": 0.99999999, "d": 0.5, "e": 0.0, "f": 0.0}}, "t")
    scores = [line.split()[4] for line in (tmp_path / "r").read_text().splitlines()]
    assert scores == ["1", "0.99999994", "0.999999881", "0.5", "0", "-1.17549435e-38"]


def test_reciprocal_ranks_stay_apart_at_depth_1000(tmp_path):
    write_run(tmp_path / "r", {"q": {f"d{place}": 1 / (60 + place) for place in range(1, 1001)}}, "rrf")
    printed = [line.split()[4] for line in (tmp_path / "r").read_text().splitlines()]
    assert len(set(np.array(printed, np.float32))) == 1000


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({"q": {"d": math.nan}}, "score is nan .query q, document d."),
        ({"q": {"d": 1e39}}, "score is 1e.39"),
        ({"q": {"a": 1.0, "b": 2.0}}, "document b of query q scores more"),
        ({"q": {"a b": 1.0}}, "'a b' is empty or holds white space"),
        ({"": {"a": 1.0}}, "'' is empty"),
    ],
)
def test_unwritable_runs_are_refused_and_leave_nothing(tmp_path, run, message):
    with pytest.raises(OpticalError, match=message):
        check_run(run)
    with pytest.raises(OpticalError, match=message):
        write_run(tmp_path / "r", run, "t")
    assert not list(tmp_path.iterdir())


def test_write_refuses_overwrite_and_bad_tag(tmp_path):
    write_run(tmp_path / "r", READ, "t")
    with pytest.raises(OpticalError, match="exists already"):
        write_run(tmp_path / "r", READ, "t")
    with pytest.raises(OpticalError, match="not one word"):
        write_run(tmp_path / "s", READ, "my system")


def test_rank_breaks_ties_by_identifier():
    assert list(rank({"b": 1.0, "c": 2.0, "a": 1.0, "d": 0.0}, depth=3)) == ["c", "a", "b"]
