import math

import pytest

from pyserini_optical.psq.lucene_query import LuceneQueryBuilder
from pyserini_optical.psq.structured import StructuredWord
from tests.psq.conftest import DOCUMENTS

K1, B = 0.9, 0.4


def word(*terms, count=1):
    return StructuredWord("w", count, "table", tuple(terms))


@pytest.fixture(scope="module")
def builders(plain):
    reader = plain.object.reader
    return {kind: LuceneQueryBuilder(reader, "contents", kind) for kind in ("max", "expected")}


@pytest.fixture(scope="module")
def analysed(plain):
    from pyserini.analysis import Analyzer, get_lucene_analyzer

    analyzer = Analyzer(get_lucene_analyzer())
    return {document: list(analyzer.analyze(text)) for document, text in DOCUMENTS.items()}


def score_by_formula(analysed, words, expected):
    """Darwish and Oard inside BM25, over documents short enough for Lucene to keep their lengths exactly."""
    mean_length = sum(map(len, analysed.values())) / len(analysed)
    scores = {}
    for document, tokens in analysed.items():
        total = 0.0
        for item in words:
            frequencies = [sum(term in other for other in analysed.values()) for term, _ in item.terms]
            if expected:
                df = sum(p * frequency for (_, p), frequency in zip(item.terms, frequencies, strict=True))
            else:
                df = max(frequencies)
            tf = sum(p * tokens.count(term) for term, p in item.terms)
            idf = math.log(1 + (len(analysed) - df + 0.5) / (df + 0.5))
            total += item.count * idf * tf / (tf + K1 * (1 - B + B * len(tokens) / mean_length))
        if total > 0:
            scores[document] = total
    return scores


QUERIES = [
    [word(("water", 0.6), ("river", 0.3), ("rain", 0.1))],
    [word(("hous", 0.5), ("wood", 0.25)), word(("citi", 0.9), ("villag", 0.05), count=2), word(("nairobi", 1.0))],
    [word(("snow", 0.2), ("ice", 0.2), ("cold", 0.2), ("mountain", 0.2)), word(("water", 0.04))],
]


@pytest.mark.parametrize("kind", ["max", "expected"])
@pytest.mark.parametrize("words", QUERIES)
def test_scores_are_those_of_the_formula(builders, analysed, plain, kind, words):
    hits = plain.search(builders[kind].build(words), 10)
    assert {hit.docid: hit.score for hit in hits} == pytest.approx(
        score_by_formula(analysed, words, kind == "expected"),
        abs=6e-5,  # Anserini gives four decimals
    )


@pytest.mark.parametrize("kind", ["max", "expected"])
def test_one_sure_translation_is_plain_bm25(builders, plain, kind):
    structured = plain.search(builders[kind].build([word(("water", 1.0)), word(("rain", 1.0), count=2)]), 10)
    hits = plain.search("water rain rain", 10)
    assert len(hits) > 2
    assert [(hit.docid, hit.score) for hit in structured] == [(hit.docid, hit.score) for hit in hits]


def test_terms_that_no_document_holds_change_nothing_but_the_share(builders, plain):
    for builder in builders.values():
        assert len(plain.search(builder.build([word(("zebra", 1.0))]), 10)) == 0
        assert len(plain.search(builder.build([word(("zebra", 0.5), ("water", 0.5))]), 10)) == 3


def test_a_query_of_unknown_words_finds_nothing(builders, plain):
    assert len(plain.search(builders["max"].build([word()]), 10)) == 0
