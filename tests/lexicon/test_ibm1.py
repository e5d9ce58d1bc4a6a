import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon import cooccurrences
from pyserini_optical.lexicon.cooccurrences import collect_cooccurrences
from pyserini_optical.lexicon.ibm1 import iterate_em, learn_ibm1

DAS, HAUS, BUCH, EIN = range(4)
THE, HOUSE, BOOK, A = range(4)
GERMAN = [np.array([DAS, HAUS]), np.array([DAS, BUCH]), np.array([EIN, BUCH])]
ENGLISH = [np.array([THE, HOUSE]), np.array([THE, BOOK]), np.array([A, BOOK])]

sentences = st.lists(st.tuples(*[st.lists(st.integers(0, 5), max_size=6)] * 2), min_size=1, max_size=8)


def as_arrays(pairs):
    return tuple([np.array(side, dtype=np.int64) for side in sides] for sides in zip(*pairs, strict=True))


def learn_slowly(source, target, source_size, target_size, iterations):
    """The textbook's loops: t(target | source), dense, with NULL as the last row."""
    table = np.full((source_size + 1, target_size), 1 / target_size)
    for _ in range(iterations):
        counts = np.zeros_like(table)
        for foreign, english in zip(source, target, strict=True):
            if len(foreign) == 0 or len(english) == 0:
                continue
            owners = [*foreign, source_size]
            for word in english:
                total = sum(table[owner, word] for owner in owners)
                for owner in owners:
                    counts[owner, word] += table[owner, word] / total
        table = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    return table[:-1]


def test_two_rounds_by_hand():
    one = learn_ibm1(GERMAN, ENGLISH, 4, 4, iterations=1, null=False, threshold=0).toarray()
    assert one[DAS] == pytest.approx([1 / 2, 1 / 4, 1 / 4, 0])
    assert one[BUCH] == pytest.approx([1 / 4, 0, 1 / 2, 1 / 4])
    two = learn_ibm1(GERMAN, ENGLISH, 4, 4, iterations=2, null=False, threshold=0).toarray()
    assert two[DAS] == pytest.approx([7 / 11, 2 / 11, 2 / 11, 0])
    assert two[HAUS] == pytest.approx([3 / 7, 4 / 7, 0, 0])


def test_em_finds_the_dictionary():
    table = learn_ibm1(GERMAN, ENGLISH, 4, 4, iterations=40, null=False).toarray()
    assert table.argmax(axis=1).tolist() == [THE, HOUSE, BOOK, A]
    assert table.max(axis=1).min() > 0.9


def test_threshold_drops_what_is_below_it():
    full = learn_ibm1(GERMAN, ENGLISH, 4, 4, iterations=3, threshold=0).toarray()
    cut = learn_ibm1(GERMAN, ENGLISH, 4, 4, iterations=3, threshold=0.3).toarray()
    assert np.array_equal(cut, np.where(full >= 0.3, full, 0))


def test_a_dirichlet_prior_sharpens_rare_words():
    plain = learn_ibm1(GERMAN, ENGLISH, 4, 4, threshold=0).toarray()
    bayesian = learn_ibm1(GERMAN, ENGLISH, 4, 4, threshold=0, prior=0.01).toarray()
    assert bayesian[HAUS, HOUSE] / bayesian[HAUS].sum() > plain[HAUS, HOUSE]


@settings(max_examples=60, deadline=None)
@given(sentences)
def test_agrees_with_the_textbook(pairs):
    source, target = as_arrays(pairs)
    if not any(len(foreign) and len(english) for foreign, english in pairs):
        with pytest.raises(OpticalError, match="nothing to learn"):
            learn_ibm1(source, target, 6, 6)
        return
    table = learn_ibm1(source, target, 6, 6, iterations=4, threshold=0).toarray()
    assert table == pytest.approx(learn_slowly(source, target, 6, 6, 4), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(sentences.filter(lambda pairs: any(a and b for a, b in pairs)), st.booleans(), st.sampled_from([0.0, 0.01, 1.0]))
def test_rows_sum_to_at_most_one_and_the_likelihood_never_falls(pairs, null, prior):
    source, target = as_arrays(pairs)
    cells = collect_cooccurrences(source, target, 6, 6, null=null)
    likelihoods = []
    for probabilities, likelihood in iterate_em(cells, 8, prior):
        likelihoods.append(likelihood)
        assert np.bincount(cells.source, weights=probabilities).max() <= 1 + 1e-5
    if prior == 0:
        assert all(after >= before - 1e-4 for before, after in itertools.pairwise(likelihoods))


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    source = [rng.integers(0, 30, size=rng.integers(1, 12)) for _ in range(50)]
    target = [rng.integers(0, 40, size=rng.integers(1, 12)) for _ in range(50)]
    whole = learn_ibm1(source, target, 30, 40, threshold=0)
    monkeypatch.setattr(cooccurrences, "CELLS_PER_BLOCK", 40)
    assert len(collect_cooccurrences(source, target, 30, 40).blocks) > 5
    assert learn_ibm1(source, target, 30, 40, threshold=0).toarray() == pytest.approx(whole.toarray(), abs=1e-6)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ([np.array([0])], [np.array([0]), np.array([1])], "1 source sentences but 2"),
        ([np.array([0, 9])], [np.array([0])], "source ids run from 0 to 9; they must lie in 0 to 3"),
        ([np.array([0])], [np.array([-1])], "target ids run from -1"),
    ],
)
def test_refuses_what_is_no_bitext(source, target, message):
    with pytest.raises(OpticalError, match=message):
        learn_ibm1(source, target, 4, 4)
