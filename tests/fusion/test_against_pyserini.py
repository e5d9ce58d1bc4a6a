"""Reciprocal rank fusion as `pyserini.fusion` does it, ties among equal scores included."""

import pytest

from pyserini_optical.fusion import fuse
from pyserini_optical.runs import read_run

TIES = "1 Q0 b 1 1.000000 t\n1 Q0 a 2 1.000000 t\n1 Q0 c 3 1.000000 t\n2 Q0 x 1 9.5 t\n"
CONSTANT = "1 Q0 c 1 0 t\n1 Q0 a 2 0 t\n1 Q0 b 3 0 t\n2 Q0 y 1 0 t\n2 Q0 x 2 0 t\n"
NEGATIVE = "1 Q0 a 1 -1.5 t\n1 Q0 b 2 -2.5 t\n2 Q0 x 1 -7.19601 t\n"
PLATEAU = "1 Q0 a 1 3 t\n1 Q0 c 2 2 t\n1 Q0 b 3 2 t\n1 Q0 d 4 1 t\n2 Q0 x 1 1 t\n2 Q0 y 2 1 t\n"


@pytest.mark.parametrize("first", [TIES, CONSTANT, NEGATIVE, PLATEAU])
@pytest.mark.parametrize("second", [TIES, CONSTANT, NEGATIVE, PLATEAU])
@pytest.mark.parametrize("depth", [1, 2, 1000])
def test_scores_of_reciprocal_rank_fusion(tmp_path, first, second, depth):
    from pyserini.fusion import reciprocal_rank_fusion
    from pyserini.trectools import TrecRun

    for name, text in (("first.txt", first), ("second.txt", second)):
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in ("first.txt", "second.txt")]
    data = reciprocal_rank_fusion([TrecRun(path) for path in paths], rrf_k=60, depth=depth, k=1000).run_data
    theirs = {(str(row.topic), row.docid): row.score for row in data.itertuples()}
    ours = fuse([read_run(path) for path in paths], "rrf", depth=depth)
    assert {(query, document): 2 * score for query, found in ours.items() for document, score in found.items()} == (
        pytest.approx(theirs)
    )
