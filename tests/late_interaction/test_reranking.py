import gzip

import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import TokenEncoder, build_store, join_texts, rerank
from pyserini_optical.late_interaction.reranking import PassageTokens, read_passages
from tests.late_interaction.checkpoints import DOCUMENTS, QUERIES
from tests.late_interaction.topical import TopicalEncoder

LINES = '{"id": "1", "title": "Kenya", "contents": "A country."}\n{"id": "2", "title": "", "contents": "Lake"}\n'


def test_title_and_contents_are_joined(tmp_path):
    (tmp_path / "corpus.jsonl").write_text(LINES)
    assert list(read_passages(tmp_path / "corpus.jsonl")) == [("1", "Kenya A country."), ("2", "Lake")]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    (tmp_path / "b.jsonl").write_text('{"id": "3", "contents": "c"}\n')
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINES.encode()))
    (tmp_path / "README.md").write_text("not a passage")
    assert [docid for docid, _ in read_passages(tmp_path)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", r"corpus.jsonl:3: is not JSON"),
        ('{"id": "1"}', r"corpus.jsonl:3: `id` and `contents` must both be there"),
        ("[]", r"corpus.jsonl:3: is a list, but a JSON object is expected"),
        ('{"id": 7, "contents": "x"}', r"corpus.jsonl:3: `id` and `contents` must both be there, as strings"),
    ],
)
def test_a_faulty_line_is_named(tmp_path, line, complaint):
    (tmp_path / "corpus.jsonl").write_text(LINES + line + "\n")
    with pytest.raises(OpticalError, match=complaint):
        list(read_passages(tmp_path / "corpus.jsonl"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(OpticalError, match=r"contains no \.json"):
        list(read_passages(tmp_path))


PASSAGES = {f"d{number}": text for number, text in enumerate(DOCUMENTS)}
TOPICS = {"q1": QUERIES[0], "q2": QUERIES[1]}
RUN = {"q2": {"d3": 3.0, "d1": 2.0, "d0": 1.0}, "q1": {"d0": 9.0, "d2": 8.0, "d1": 7.0, "d3": 6.0}}


BY_HAND = {"a": [[1.0, 0.0]], "b": [[0.0, 1.0]], "c": [[0.6, 0.0], [0.0, 0.6]], "e": [[0.6, 0.6]]}


class Vectors:
    """Passages of one or two token vectors, to be scored by hand."""

    def gather(self, docids):
        return join_texts([np.array(BY_HAND[docid]) for docid in docids])


def encode_by_hand(queries):
    return [np.array([[1.0, 0.0], [0.0, 1.0]], np.float32) for _ in queries]


def test_the_top_is_ordered_by_maxsim_and_the_rest_dropped():
    run = {"q": {"a": 9.0, "e": 8.5, "c": 8.0, "b": 7.0}}
    assert list(rerank(run, {"q": "x"}, Vectors(), encode_by_hand, depth=3)["q"].items()) == [
        ("c", pytest.approx(1.2)),
        ("e", pytest.approx(1.2)),
        ("a", pytest.approx(1.0)),
    ]


def test_a_query_without_passages_stays_without(checkpoint):
    assert rerank({"q": {}}, {"q": "x"}, Vectors(), encode_by_hand) == {"q": {}}


def test_store_and_on_the_fly_rank_alike(checkpoint, tmp_path):
    encoder = TokenEncoder(str(checkpoint("stanford")))
    store = build_store(PASSAGES.items(), encoder, tmp_path / "store", shard_size=2)
    stored = rerank(RUN, TOPICS, store, encoder.encode_queries)
    computed = rerank(RUN, TOPICS, PassageTokens(PASSAGES, encoder), encoder.encode_queries)
    assert list(stored) == list(computed) == list(RUN)
    for query, ranking in computed.items():
        assert ranking.keys() == RUN[query].keys()
        for docid, score in ranking.items():
            assert stored[query][docid] == pytest.approx(score, abs=0.01)


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(OpticalError, match="query q of the run is not in the topics"):
        rerank({"q": {"a": 1.0}}, {}, Vectors(), encode_by_hand)
    with pytest.raises(OpticalError, match="passage z is not in the collection"):
        PassageTokens({}, TopicalEncoder()).gather(["z"])
