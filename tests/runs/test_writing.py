import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.runs import check_run, rank, read_run, reading, write_run
from pyserini_optical.runs.columns import stream_columns

words = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=6)
rankings = st.dictionaries(words, st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=12).map(rank)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(words, rankings, min_size=1, max_size=5))
def test_written_run_reads_back_in_order_and_strictly_decreasing(tmp_path_factory, run):
    path = tmp_path_factory.mktemp("runs") / "run.txt.gz"
    write_run(path, run, "tag")
    again = read_run(path)
    assert dict(stream_columns(path)) == reading._read_lines(path) == again
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
        ({"q": {"a": 1.0, "b": 2.0}}, "document b of query q scores higher"),
        ({"q": {"a b": 1.0}}, "'a b' is empty or contains white space"),
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
    run = {"q": {"d": 1.0}}
    write_run(tmp_path / "r", run, "t")
    with pytest.raises(OpticalError, match="already exists"):
        write_run(tmp_path / "r", run, "t")
    with pytest.raises(OpticalError, match="not one word"):
        write_run(tmp_path / "s", run, "my system")
