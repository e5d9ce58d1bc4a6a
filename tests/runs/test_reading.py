import gzip

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.runs import columns, read_by_query, read_run

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
        ("1 Q0 a 1 2 t\n\n1 Q0 a 2 1 t\n", "run.txt:3: document a is already listed for query 1 .line 1."),
        ("1 Q0 a 1 2 t\n2 Q0 c 1 1 t\n1 Q0 a 2 1 t\n", "run.txt:3: document a is already listed for query 1 .line 1."),
        ("\n", "run.txt: contains no results"),
        ("", "run.txt: contains no results"),
    ],
)
def test_fault_names_file_and_line(tmp_path, lines, message):
    with pytest.raises(OpticalError, match=message):
        read_run(put(tmp_path, lines))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1 Q0 a one 2 t\n", "run.txt:1: rank 'one' is not a whole number"),
        ("1 Q0 a -1 2 t\n", "run.txt:1: rank '-1'"),
        ("1 Q0 a 1_0 2 t\n", "run.txt:1: rank '1_0'"),
        ("1 Q0 a 1.0 2 t\n", "run.txt:1: rank '1.0'"),
        ("1 Q0 a 1 2 t\n1 Q0 b 1 1 t\n", "run.txt:2: rank 1 stands in query 1 already"),
        ("1 Q0 a 1 1 t\n1 Q0 b 2 2 t\n", "run.txt:2: rank 2 of query 1 scores 2, more than rank 1"),
    ],
)
def test_strict_reading_refuses_what_trec_eval_does_not_look_at(tmp_path, lines, message):
    with pytest.raises(OpticalError, match=message):
        read_run(put(tmp_path, lines), strict=True)
    read_run(put(tmp_path, lines))


@pytest.mark.parametrize(
    "ranks", [("0", "0", "0"), ("1", "1", "1"), ("1.0", "2.0", "3.0"), ("-", "-", "-"), ("x", "1", "")]
)
def test_scores_decide_whatever_the_rank_column_holds(tmp_path, caplog, ranks):
    ranks = [rank or "-1" for rank in ranks]
    lines = [
        f"1 Q0 {document} {rank} {score} beir\n" for document, rank, score in zip("bca", ranks, (3, 2, 9), strict=True)
    ]
    assert list(read_run(put(tmp_path, "".join(lines[:2])))["1"]) == ["b", "c"]
    assert list(read_run(put(tmp_path, "".join(lines)))["1"]) == ["a", "b", "c"]


def test_ranks_order_documents_of_one_score(tmp_path):
    tied = "1 Q0 b 1 1 t\n1 Q0 a 2 1 t\n1 Q0 c 3 1 t\n"
    assert list(read_run(put(tmp_path, tied))["1"]) == ["b", "a", "c"]
    backwards = "".join(reversed(tied.splitlines(keepends=True)))
    assert list(read_run(put(tmp_path, backwards))["1"]) == ["b", "a", "c"]
    assert list(
        read_run(put(tmp_path, tied.replace(" 1 1 ", " 0 1 ").replace(" 2 ", " 0 ").replace(" 3 ", " 0 ")))["1"]
    ) == list("bac")


def test_ranks_that_contradict_scores_are_told(tmp_path, caplog):
    """Such as distances, of which the smallest is the best: trec_eval would read them backwards, too."""
    assert list(read_run(put(tmp_path, "1 Q0 a 1 0.1 t\n1 Q0 b 2 0.7 t\n"))["1"]) == ["b", "a"]
    assert "run.txt:2: rank 2 of query 1 scores 0.7, more than rank 1" in caplog.text
    caplog.clear()
    read_run(put(tmp_path, "1 Q0 a 0 0.1 t\n1 Q0 b 0 0.7 t\n"))
    assert not caplog.text


def test_duplicate_across_chunks_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "_CHUNK", 20)
    lines = [f"1 Q0 d{place} {place} {-place} t\n" for place in range(1, 50)]
    assert read_run(put(tmp_path, "".join(lines))) == {"1": {f"d{place}": -place for place in range(1, 50)}}
    lines[40] = "1 Q0 d3 41 -41 t\n"
    with pytest.raises(OpticalError, match=r"run.txt:41: document d3 is already listed for query 1 \(line 3\)"):
        read_run(put(tmp_path, "".join(lines)))


def test_contradicting_ranks_across_chunks_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "_CHUNK", 5)
    with pytest.raises(OpticalError, match=r"run.txt:2: rank 2 of query 1 scores 3"):
        read_run(put(tmp_path, "1 Q0 a 1 2 t\n1 Q0 b 2 3 t\n"), strict=True)


def test_unknown_query_names_its_line(tmp_path):
    with pytest.raises(OpticalError, match=r"run.txt:3: query 7 is not among the 1 known"):
        read_run(put(tmp_path, GOOD), queries={"007"})


def test_broken_files(tmp_path):
    with pytest.raises(OpticalError, match="no such file"):
        read_run(tmp_path / "absent.txt")
    whole = gzip.compress(GOOD.encode() * 1)
    (tmp_path / "cut.gz").write_bytes(whole[:-12])
    with pytest.raises(OpticalError, match="truncated"):
        read_run(tmp_path / "cut.gz")
    (tmp_path / "latin.txt").write_bytes("1 Q0 é 1 2 t\n".encode("latin-1"))
    with pytest.raises(OpticalError, match="not valid UTF-8"):
        read_run(tmp_path / "latin.txt")


@pytest.mark.parametrize("chunk", [1, 20, 1 << 20])
@pytest.mark.parametrize(
    ("text", "calls"), [(GOOD, 1), (GOOD + "007 Q0 d3 3 .5 t\n", 2), (GOOD + "8 Q0  d1 1 9 t\n", 2)]
)
def test_query_by_query_is_the_same_run(tmp_path, monkeypatch, text, calls, chunk):
    monkeypatch.setattr(columns, "_CHUNK", chunk)
    taken = []

    def take(rankings):
        taken.append(0)
        return dict(rankings)

    path = put(tmp_path, text)
    assert read_by_query(path, take) == read_run(path)
    assert len(taken) == calls  # what has another shape is read as a whole, from the start


def test_query_by_query_refuses_what_is_refused(tmp_path):
    with pytest.raises(OpticalError, match=r"run\.txt:3: query 7 is not among the 1 known ones"):
        read_by_query(put(tmp_path, GOOD), dict, ["007"])
    with pytest.raises(OpticalError, match="contains no results"):
        read_by_query(put(tmp_path, ""), dict)
    with pytest.raises(OpticalError, match="score is nan"):
        read_by_query(put(tmp_path, GOOD + "8 Q0 d1 1 nan t\n"), dict)
