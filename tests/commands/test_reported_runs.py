"""Runs and judgements as other tools write them: what trec_eval and pyserini.fusion do with them is right."""

import json

import pytest

from pyserini_optical.commands import main
from pyserini_optical.runs import read_run

ALL_ZERO = "1 Q0 a 0 3.0 beir\n1 Q0 b 0 2.0 beir\n1 Q0 c 0 1.0 beir\n2 Q0 x 0 9.5 beir\n2 Q0 y 0 9.4 beir\n"
RUNS = {
    "BEIR": ALL_ZERO,
    "all 1": ALL_ZERO.replace(" 0 ", " 1 "),
    "dashes": ALL_ZERO.replace(" 0 ", " - "),
    "decimals": "1 Q0 a 1.0 3.0 t\n1 Q0 b 2.0 2.0 t\n1 Q0 c 3.0 1.0 t\n2 Q0 x 1.0 9.5 t\n2 Q0 y 2.0 9.4 t\n",
    "of at least 0": "1 Q0 a 0 3.0 t\n1 Q0 b 1 2.0 t\n1 Q0 c 2 1.0 t\n2 Q0 x 0 9.5 t\n2 Q0 y 1 9.4 t\n",
    "worst first": "1 Q0 c 0 1 t\n1 Q0 b 0 2 t\n1 Q0 a 0 3 t\n2 Q0 y 0 9.4 t\n2 Q0 x 0 9.5 t\n",
    "word": ALL_ZERO.replace(" 0 ", " rank "),
}
QRELS = "1 0 a 0\n1 0 b 1\n2 0 x 2\n"


def score(tmp_path, capsys, run, qrels, *words, status=0):
    (tmp_path / "found.txt").write_text(run)
    (tmp_path / "qrels.txt").write_text(qrels)
    arguments = ["evaluate", "--qrels", str(tmp_path / "qrels.txt"), str(tmp_path / "found.txt"), "--json", *words]
    assert main(arguments) == status
    printed = capsys.readouterr()
    return printed.err if status else json.loads(printed.out)["runs"]["found"]["means"]


@pytest.mark.parametrize("name", RUNS)
def test_the_rank_column_does_not_matter(tmp_path, capsys, name):
    assert score(tmp_path, capsys, RUNS[name], QRELS, "-m", "recip_rank") == {"recip_rank": 0.75}


@pytest.mark.parametrize("name", ["BEIR", "all 1", "dashes", "decimals", "word"])
def test_strict_scoring_refuses_such_a_column(tmp_path, capsys, name):
    assert "found.txt:" in score(tmp_path, capsys, RUNS[name], QRELS, "--strict", status=2)


def judged_sample():
    """A run of 200 queries of which 43 are judged, with grades 0 to 3, as in TREC's deep learning track."""
    run = "".join(f"{query} Q0 d{place} {place} {10 - place} t\n" for query in range(1, 201) for place in (1, 2, 3))
    return run, "".join(f"{query} 0 d2 {query % 4}\n" for query in range(5, 48))


def test_a_sample_is_judged(tmp_path, capsys):
    run, qrels = judged_sample()
    relevant = sum(query % 4 > 0 for query in range(5, 48))
    assert score(tmp_path, capsys, run, qrels, "-m", "recip_rank") == {"recip_rank": pytest.approx(relevant / 43 / 2)}


def test_grades_from_a_level_on_are_relevant(tmp_path, capsys):
    run, qrels = judged_sample()
    for level in (2, 3):
        relevant = sum(query % 4 >= level for query in range(5, 48))
        found = score(tmp_path, capsys, run, qrels, "-m", "map", "-m", "ndcg_cut_10", "-l", str(level))
        assert found["map"] == pytest.approx(relevant / 43 / 2)
        assert found["ndcg_cut_10"] == score(tmp_path, capsys, run, qrels, "-m", "ndcg_cut_10")["ndcg_cut_10"]


def test_tuning_on_a_sample_fuses_all_queries(tmp_path, capsys):
    run, qrels = judged_sample()
    (tmp_path / "qrels.txt").write_text(qrels)
    (tmp_path / "one.txt").write_text(run)
    (tmp_path / "two.txt").write_text(run.replace("d1", "d9"))
    words = ["fuse", "--runs", str(tmp_path / "one.txt"), str(tmp_path / "two.txt"), "-l", "2"]
    words += ["--tune", str(tmp_path / "w.json"), "--qrels", str(tmp_path / "qrels.txt")]
    assert main([*words, "--output", str(tmp_path / "fused.txt")]) == 0
    assert len(read_run(tmp_path / "fused.txt")) == 200
    assert "over 43 queries; 157 unjudged queries use these weights" in capsys.readouterr().out


@pytest.mark.parametrize("grade", [2**32, -(2**32), 10**30, 1001])
def test_a_grade_that_trec_eval_cannot_count_is_refused(tmp_path, capsys, grade):
    said = score(tmp_path, capsys, ALL_ZERO, f"1 0 a 1\n2 0 x {grade}\n", status=2)
    assert f"qrels.txt:2: grade {grade} is out of range" in said


def test_grades_that_it_can_count_are_counted(tmp_path, capsys):
    assert score(tmp_path, capsys, ALL_ZERO, "1 0 a 1000\n2 0 x -2\n2 0 y 1\n", "-m", "recip_rank") == {
        "recip_rank": 0.75
    }


def test_distances_are_told(tmp_path, caplog, capsys):
    """A run of an index by distance, nearest first: trec_eval reads it backwards, and so it is said."""
    found = score(tmp_path, capsys, "1 Q0 b 1 0.2 t\n1 Q0 a 2 0.9 t\n", "1 0 b 1\n", "-m", "recip_rank")
    assert found == {"recip_rank": 0.5}
    assert "found.txt:2: rank 2 of query 1 scores 0.9, more than rank 1 (0.2)" in caplog.text
