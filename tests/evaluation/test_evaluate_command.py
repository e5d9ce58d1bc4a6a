import gzip
import json
import re

import pytest

from pyserini_optical.commands import main

QRELS = "1 0 a 1\n2 0 b 1\n3 0 c 1\n"
GOOD = "1 Q0 a 1 2 t\n1 Q0 x 2 1 t\n2 Q0 b 1 2 t\n3 Q0 x 1 2 t\n3 Q0 c 2 1 t\n"
POOR = "1 Q0 x 1 2 t\n1 Q0 a 2 1 t\n2 Q0 x 1 2 t\n2 Q0 b 2 1 t\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "qrels.txt").write_text(QRELS)
    (tmp_path / "run.set.good.swa.txt").write_text(GOOD)
    (tmp_path / "run.set.poor.swa.txt.gz").write_bytes(gzip.compress(POOR.encode()))
    return tmp_path


def evaluate(files, *words):
    runs = [str(files / "run.set.good.swa.txt"), str(files / "run.set.poor.swa.txt.gz")]
    return main(["evaluate", "--qrels", str(files / "qrels.txt"), *runs, *words])


def test_json(files, capsys):
    assert evaluate(files, "-m", "recip_rank", "-m", "mrr@1", "--json", "--rank-distance") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"]["set.good.swa"]["means"] == {
        "recip_rank": pytest.approx(2.5 / 3),
        "mrr@1": pytest.approx(2 / 3),
    }
    assert found["runs"]["set.poor.swa"]["missing"] == ["3"]
    assert found["baseline"] == "set.good.swa"
    compared = found["comparisons"]["recip_rank"]["set.poor.swa"]
    assert compared["difference"] == pytest.approx(-0.5)
    assert (compared["wins"], compared["ties"], compared["losses"]) == (0, 0, 3)
    assert compared["randomisation_holm"] == 2 / 8
    assert found["rank_distance"] == pytest.approx((1 + 1 + 99) / 3)


def test_markdown_and_missing_queries(files, capsys):
    assert evaluate(files, "-m", "recip_rank", "--markdown", "--per-query", "--baseline", "set.poor.swa") == 0
    printed = capsys.readouterr()
    assert "| set.good.swa | **0.8333** |" in printed.out
    assert "recip_rank, compared with set.poor.swa" in printed.out
    assert "| 2 | **1.0000** | 0.5000 |" in printed.out
    assert "set.poor.swa: 1 judged queries are missing and score 0: 3" in printed.err


def test_terminal_and_plots(files, capsys):
    assert evaluate(files, "--plots", str(files / "plots"), "--rank-distance") == 0
    printed = capsys.readouterr().out
    assert "nDCG@10" in printed
    assert "rank distance 33.67" in printed
    assert sorted(path.name for path in (files / "plots").iterdir()) == [
        "R@100.set.poor.swa.png",
        "RR@10.set.poor.swa.png",
        "nDCG@10.set.poor.swa.png",
        "rank-distance.png",
    ]


def test_words_stay_whole_on_a_terminal_of_eighty_columns(files, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for mode in ("hybrid", "structured"):
        (files / f"run.afriqa.{mode}-untranslated.swa.txt").write_text(POOR)
    more = [str(files / f"run.afriqa.{mode}-untranslated.swa.txt") for mode in ("hybrid", "structured")]
    assert evaluate(files, *more, "--per-query") == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    words = set(re.findall(r"[^\s│┃]+", printed))
    assert {"difference", "interval", "effect", "losses", "+0.0000]", "structured-", "untranslated."} <= words
    assert not words & {"differenc", "interva", "untransl", "…"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-m", "precision"], "measure 'precision' is not known"),
        (["--baseline", "other"], "--baseline other: is not among the runs"),
    ],
)
def test_errors_are_one_line(files, capsys, words, message):
    assert evaluate(files, *words) == 2
    assert message in capsys.readouterr().err


def test_queries_that_nobody_judged_are_left_out_as_trec_eval_does(files, capsys):
    (files / "more.txt").write_text(GOOD + "9 Q0 a 1 2 t\n")
    words = ["evaluate", "--qrels", str(files / "qrels.txt"), "-m", "recip_rank", "--json"]
    assert main([*words, str(files / "more.txt")]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["runs"]["more"]["means"] == {"recip_rank": pytest.approx(2.5 / 3)}
    assert "more.txt: 1 of 4 queries are unjudged and were skipped" in printed.err


def test_a_run_of_other_queries_is_refused(files, capsys):
    (files / "other.txt").write_text("q1 Q0 a 1 2 t\n")
    assert main(["evaluate", "--qrels", str(files / "qrels.txt"), str(files / "other.txt")]) == 2
    assert "other.txt: none of its 1 queries (such as q1) is judged" in capsys.readouterr().err


def test_topics_say_which_queries_a_run_may_hold(files, capsys):
    (files / "more.txt").write_text(GOOD + "9 Q0 a 1 2 t\n")
    (files / "topics.tsv").write_text("1\tone\n2\ttwo\n3\tthree\n")
    words = ["evaluate", "--qrels", str(files / "qrels.txt"), "--topics", str(files / "topics.tsv")]
    assert main([*words, str(files / "more.txt")]) == 2
    assert "more.txt:6: query 9 is not among the 3 known ones" in capsys.readouterr().err
    (files / "topics.tsv").write_text("".join(f"{query}\tx\n" for query in (1, 2, 3, 9)))
    assert main([*words, str(files / "more.txt")]) == 0


def test_alike_names_are_told_apart_by_path(files, capsys):
    (files / "other").mkdir()
    (files / "other" / "run.set.good.swa.txt").write_text(GOOD)
    assert evaluate(files, str(files / "other" / "run.set.good.swa.txt"), "--json") == 0
    assert str(files / "other" / "run.set.good.swa.txt") in json.loads(capsys.readouterr().out)["runs"]
    assert evaluate(files, str(files / "run.set.good.swa.txt")) == 2
    assert "given twice" in capsys.readouterr().err
