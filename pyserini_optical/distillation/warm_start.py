"""The warm start: a student that is usable before any training.

Every layer is the teacher's. A new subword's embedding is the average of the teacher's embeddings, weighted by the
probabilities that a translation table learned from the same bitext gives them.
"""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from pyserini_optical.bitext import Pair
from pyserini_optical.distillation.vocabulary import ROLES
from pyserini_optical.lexicon.ibm1 import learn_ibm1

logger = logging.getLogger(__name__)

SMALLEST = np.finfo(np.float32).tiny


def warm_start(
    pairs: Sequence[Pair],
    tokenizer: Any,
    teacher_tokenizer: Any,
    teacher_embeddings: np.ndarray,
    learned: int | None = None,
    iterations: int = 8,
    threshold: float = 0.05,
    kept: Sequence[str] = (),
) -> np.ndarray:
    """Give each subword of a new vocabulary an embedding in the teacher's space.

    Parameters
    ----------
    pairs : sequence of Pair
        The bitext.
    tokenizer, teacher_tokenizer : transformers.PreTrainedTokenizerFast
        The new vocabulary and the teacher's.
    teacher_embeddings : numpy.ndarray, shape (teacher subwords, d), float32
    learned : int, optional
        Subwords from this id on are the teacher's, with the same meaning; by default there are none.
    iterations : int
        EM iterations in each direction.
    threshold : float
        Translation probabilities below it are ignored.
    kept : sequence of str
        Subwords with the same meaning as for the teacher, like the special tokens.

    Returns
    -------
    numpy.ndarray, shape (subwords, d), float32
        A subword without a translation gets the teacher's embedding of the same string, else the teacher's average.
    """
    foreign = _ids(tokenizer, [pair.foreign for pair in pairs])
    english = _ids(teacher_tokenizer, [pair.english for pair in pairs])
    table = translate_subwords(foreign, english, len(tokenizer), len(teacher_embeddings), iterations, threshold)
    embeddings, known = average_translations(table, teacher_embeddings)
    teacher_vocabulary = teacher_tokenizer.get_vocab()
    fallback = teacher_embeddings.mean(axis=0)
    for subword, number in tokenizer.get_vocab().items():
        if not known[number] or (learned is not None and number >= learned):
            same = teacher_vocabulary.get(subword)
            embeddings[number] = fallback if same is None else teacher_embeddings[same]
    for token in [*(getattr(teacher_tokenizer, role) for role in ROLES), *kept]:
        embeddings[tokenizer.convert_tokens_to_ids(token)] = teacher_embeddings[teacher_vocabulary[token]]
    logger.info("warm start: %d of %d subwords have a translation", int(known.sum()), len(known))
    return embeddings


def translate_subwords(
    foreign: Sequence[np.ndarray],
    english: Sequence[np.ndarray],
    foreign_size: int,
    english_size: int,
    iterations: int,
    threshold: float,
) -> Any:
    """Learn p(English subword | foreign subword) in both directions and average.

    Parameters
    ----------
    foreign, english : sequence of numpy.ndarray, one 1-D array of subword ids a sentence
    foreign_size, english_size : int
        Sizes of the vocabularies.
    threshold : float
        Smaller probabilities are dropped from each direction.

    Returns
    -------
    scipy.sparse.csr_matrix, shape (foreign_size, english_size)
        The mean of t(English | foreign) and of t(foreign | English) inverted by Bayes' rule. On Swahili the mean
        starts better students than either direction.
    """
    import scipy.sparse

    forward = learn_ibm1(foreign, english, foreign_size, english_size, iterations=iterations, threshold=threshold)
    backward = learn_ibm1(english, foreign, english_size, foreign_size, iterations=iterations, threshold=threshold / 20)
    frequency = np.bincount(np.concatenate(english), minlength=english_size).astype(np.float32)
    joint = (scipy.sparse.diags(frequency) @ backward).T.tocsr()
    totals = np.asarray(joint.sum(axis=1), np.float32).ravel()
    turned = (scipy.sparse.diags(1 / totals.clip(SMALLEST)) @ joint).tocsr()
    turned.data[turned.data < threshold] = 0
    turned.eliminate_zeros()
    return (forward + turned) / 2


def average_translations(table: Any, teacher_embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average the teacher's embeddings by translation probability.

    Parameters
    ----------
    table : scipy.sparse.csr_matrix, shape (subwords, teacher subwords)
        t(teacher subword | subword).
    teacher_embeddings : numpy.ndarray, shape (teacher subwords, d), float32

    Returns
    -------
    embeddings : numpy.ndarray, shape (subwords, d), float32
        Zero where a subword has no translation.
    known : numpy.ndarray, shape (subwords,), bool
        Which subwords have a translation.
    """
    totals = np.asarray(table.sum(axis=1), np.float32).ravel()
    known = totals > 0
    directions = np.asarray(table @ teacher_embeddings, np.float32)
    lengths = np.asarray(table @ np.linalg.norm(teacher_embeddings, axis=1), np.float32) / totals.clip(SMALLEST)
    # Translations that point in different directions average to a short vector, which the layers cannot read as a word:
    # it is scaled to the mean length of its translations.
    directions *= (lengths / np.linalg.norm(directions, axis=1).clip(SMALLEST))[:, None]
    return directions, known


def _ids(tokenizer: Any, texts: list[str]) -> list[np.ndarray]:
    encoded = tokenizer(texts, add_special_tokens=False, truncation=True, max_length=tokenizer.model_max_length)
    return [np.array(ids, np.int64) for ids in encoded["input_ids"]]
