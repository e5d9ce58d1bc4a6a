import numpy as np
import scipy.sparse

from pyserini_optical.bitext import Pair
from pyserini_optical.distillation.vocabulary import learn_vocabulary
from pyserini_optical.distillation.warm_start import average_translations, translate_subwords, warm_start
from pyserini_optical.encoder.teacher_tokenizer import load_tokenizer


def test_an_average_has_the_direction_of_its_translations_and_their_length():
    teacher = np.array([[2.0, 0.0], [0.0, 4.0], [-2.0, 0.0]], np.float32)
    table = scipy.sparse.csr_matrix(np.array([[0.5, 0.25, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.1]], np.float32))
    embeddings, known = average_translations(table, teacher)
    assert known.tolist() == [True, False, True]
    # 0.5 (2, 0) + 0.25 (0, 4) points to (1, 1); the lengths 2 and 4 average to 8 / 3.
    np.testing.assert_allclose(embeddings[0], np.array([1, 1]) / np.sqrt(2) * 8 / 3, rtol=1e-6)
    np.testing.assert_allclose(embeddings[2], [-2, 0], rtol=1e-6)
    assert not embeddings[1].any()


def test_translations_that_cancel_out_do_not_divide_by_zero():
    teacher = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)
    table = scipy.sparse.csr_matrix(np.array([[0.5, 0.5]], np.float32))
    assert np.isfinite(average_translations(table, teacher)[0]).all()


def test_pieces_that_always_stand_together_translate_each_other():
    english = [np.array([0, 1]), np.array([0, 2]), np.array([0, 3])]
    foreign = [np.array([1, 0]), np.array([2, 0]), np.array([3, 0])]
    table = translate_subwords(foreign, english, 4, 4, iterations=20, threshold=0.05).toarray()
    assert table.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert (table.sum(axis=1) <= 1 + 1e-5).all()


def test_special_tokens_and_shared_strings_take_the_teachers_embeddings(teacher):
    reader = load_tokenizer(teacher)
    table = np.random.default_rng(0).normal(size=(len(reader), 16)).astype(np.float32)
    pairs = [Pair("the river", "mto", "test", n) for n in range(3)]
    tokenizer = learn_vocabulary(["mto mto kenya kenya"], 50, reader)
    embeddings = warm_start(pairs, tokenizer, reader, table)
    for token in ("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "kenya"):
        theirs = table[reader.convert_tokens_to_ids(token)]
        np.testing.assert_array_equal(embeddings[tokenizer.convert_tokens_to_ids(token)], theirs)
