import pytest

from pyserini_optical.fusion import fuse
from pyserini_optical.fusion.hybrid import OpticalHybridSearcher
from pyserini_optical.fusion.weights import weigh_queries
from pyserini_optical.plugin.java import prepare_java
from pyserini_optical.runs import ScoredDocument, rank, read_run, to_scores, write_run


@pytest.fixture(scope="module", autouse=True)
def java():
    prepare_java()


class Side:
    """A searcher that knows its answers."""

    def __init__(self, answers):
        self.answers = answers

    def batch_search(self, queries, q_ids, k, threads):
        found = [list(self.answers[query].items())[:k] for query in queries]
        return {q: [ScoredDocument(*hit) for hit in hits] for q, hits in zip(q_ids, found, strict=True)}


SPARSE = {
    "mto upi": {"a": 12.25, "b": 7.125, "c": 7.125, "d": 0.3333333333},
    "nani": {},
    "ziwa kubwa zaidi": {"d": 3.0, "a": 2.9},
}
DENSE = {
    "mto upi": {"d": 0.91, "a": 0.84, "e": 0.1, "f": 0.05},
    "nani": {"e": 0.4, "f": 0.39},
    "ziwa kubwa zaidi": {"a": 0.5, "c": 0.4, "b": 0.1},
}
TOPICS = {"1": "mto upi", "2": "nani", "3": "ziwa kubwa zaidi"}


@pytest.fixture
def runs(tmp_path):
    """The two sides as run files, read back."""
    for name, answers in (("sparse", SPARSE), ("dense", DENSE)):
        run = {q: to_scores([ScoredDocument(*hit) for hit in answers[text].items()]) for q, text in TOPICS.items()}
        write_run(tmp_path / name, run, name)
    return [read_run(tmp_path / name) for name in ("sparse", "dense")]


def ranked(found):
    return {query: [hit.docid for hit in hits] for query, hits in found.items()}


@pytest.mark.parametrize("depth", [1000, 2])
@pytest.mark.parametrize(
    ("weights", "method", "normalisation"),
    [(None, "weighted-sum", "z-score"), ((0.3, 0.7), "weighted-sum", "min-max"), ((1.0, 1.0), "rrf", "z-score")],
)
def test_ranks_as_fuse_does_over_run_files(runs, weights, method, normalisation, depth):
    options = {} if weights is None else {"weights": weights}
    searcher = OpticalHybridSearcher(
        Side(SPARSE),
        Side(DENSE),
        method=method,
        normalisation=normalisation,
        depth=depth,
        hubness_penalty=0,
        **options,
    )
    found = searcher.batch_search(list(TOPICS.values()), list(TOPICS), k=10)
    by_file = fuse(runs, method, weights or weigh_queries(runs, TOPICS, depth), normalisation, depth, queries=TOPICS)
    assert ranked(found) == {query: list(ranking) for query, ranking in by_file.items()}
    assert ranked(found)["2"] == ["e", "f"]


def test_ranks_as_stock_hybrid_with_min_max_scores():
    from pyserini.search.hybrid import HybridSearcher

    found = OpticalHybridSearcher(Side(SPARSE), Side(DENSE), (0.2, 0.8), normalisation="min-max", hubness_penalty=0)
    texts = ["mto upi", "ziwa kubwa zaidi"]
    theirs = HybridSearcher(Side(DENSE), Side(SPARSE)).batch_search(
        texts, texts, k0=10, k=10, alpha=0.2 / 0.8, normalization=True
    )
    # Theirs leaves ties in the order of a set.
    untied = {query: list(rank({hit.docid: round(hit.score, 9) for hit in hits})) for query, hits in theirs.items()}
    assert ranked(found.batch_search(texts, texts)) == untied


def test_one_query():
    hits = OpticalHybridSearcher(Side(SPARSE), Side(DENSE), hubness_penalty=0).search("nani", k=1)
    assert [(hit.docid, hit.score) for hit in hits] == [("e", pytest.approx(1.0))]


def test_words_are_counted_in_the_language_of_the_sparse_side():
    class French(Side):
        language = "fra"

    query = "l'eau qu'il boit d'habitude"  # eight words in French, five without
    sides = [French({query: {"a": 3.0, "b": 1.0}}), Side({query: {"b": 0.5, "a": 0.4}})]
    found = OpticalHybridSearcher(*sides, hubness_penalty=0).search_run([query], ["1"], 2)
    runs = [{"1": {"a": 3.0, "b": 1.0}}, {"1": {"b": 0.5, "a": 0.4}}]
    topics = {"1": query}
    assert found == fuse(runs, weights=weigh_queries(runs, topics, language="fra"))
    assert found != fuse(runs, weights=weigh_queries(runs, topics))
