import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyserini_optical.fusion import fuse

rankings = st.lists(st.sampled_from("abcdefgh"), min_size=2, unique=True)
descending = st.lists(st.integers(1, 500), min_size=8, max_size=8, unique=True).map(lambda s: sorted(s, reverse=True))


@pytest.fixture(scope="module")
def ranx():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling takes a minute, and the oracle runs on eight documents
        import ranx

        yield ranx


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize(("method", "norm", "ours"), [("rrf", None, "rrf"), ("sum", "min-max", "weighted-sum")])
@given(first=rankings, second=rankings, scores=descending)
def test_same_scores(ranx, method, norm, ours, first, second, scores):
    runs = [{"q": dict(zip(ranking, map(float, scores), strict=False))} for ranking in (first, second)]
    theirs = ranx.fuse([ranx.Run(run) for run in runs], norm=norm, method=method).to_dict()["q"]
    fused = fuse(runs, ours, normalisation="min-max")["q"]
    assert {document: 2 * score for document, score in fused.items()} == pytest.approx(theirs)
