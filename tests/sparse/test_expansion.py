import pytest

from pyserini_optical.sparse.expansion import estimate_relevance_model, is_telling, mix_model
from pyserini_optical.sparse.structured import StructuredWord

DOCUMENTS = [{"water": 3, "river": 1}, {"water": 1, "cold": 1}]
WORDS = [
    StructuredWord("maji", 2, "table", (("water", 0.75), ("rain", 0.25))),
    StructuredWord("???", 1, "nothing", ()),
    StructuredWord("mto", 1, "table", (("river", 1.0),)),
]


def test_a_term_counts_by_its_share_of_each_document_and_the_belief_in_it():
    # 2 * 3/4 + 1 * 1/2, 2 * 1/4 and 1 * 1/2, over 3.
    model = estimate_relevance_model(DOCUMENTS, [2.0, 1.0])
    assert model == pytest.approx({"water": 2 / 3, "cold": 1 / 6, "river": 1 / 6})
    assert list(model) == ["water", "cold", "river"]


def test_the_best_terms_share_all_the_probability():
    assert estimate_relevance_model(DOCUMENTS, [2.0, 1.0], terms=2) == pytest.approx({"water": 0.8, "cold": 0.2})


def test_a_dropped_term_does_not_count_in_the_length():
    # 2 * 1/1 and 1 * 1/1, over 3.
    model = estimate_relevance_model(DOCUMENTS, [2.0, 1.0], keep=lambda term: term != "water")
    assert model == pytest.approx({"river": 2 / 3, "cold": 1 / 3})


@pytest.mark.parametrize(("documents", "scores"), [([], []), ([{}], [1.0]), (DOCUMENTS, [0.0, -1.0])])
def test_nothing_to_learn_from(documents, scores):
    assert estimate_relevance_model(documents, scores) == {}


def test_words_and_model_share_the_weight():
    mixed = mix_model(WORDS, {"water": 0.75, "cold": 0.25}, 0.6)
    assert [terms for terms, _ in mixed] == [WORDS[0].terms, WORDS[2].terms, (("water", 1.0),), (("cold", 1.0),)]
    # Three known words, one of them said twice, at .6; and 3 * .4 over the model.
    assert [weight for _, weight in mixed] == pytest.approx([1.2, 0.6, 0.9, 0.3])


def test_a_side_without_weight_leaves_the_query():
    assert mix_model(WORDS[1:2], {"cold": 1.0}) == [((("cold", 1.0),), 0.5)]
    assert mix_model(WORDS[2:], {"cold": 1.0}, 1.0) == [((("river", 1.0),), 1.0)]


@pytest.mark.parametrize(
    ("term", "frequency", "telling"),
    [
        ("water", 10, True),
        ("water", 11, False),
        ("x", 1, False),
        ("u.", 1, False),
        ("2016", 1, True),
        ("a" * 21, 1, False),
    ],
)
def test_which_terms_may_expand(term, frequency, telling):
    assert is_telling(term, frequency, documents=100) is telling
