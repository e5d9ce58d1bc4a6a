"""The embeddings of a pack's subwords: its own, followed by the teacher's, which are not stored again.

A name that is not in the bitext is tokenised and read as the teacher would do it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from pyserini_optical.encoder.quantisation import restore_rows
from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class SubwordTable:
    """Embeddings by subword id.

    Attributes
    ----------
    rows : ndarray of int8, shape (own subwords, d)
    scales : ndarray, shape (own subwords,) or (own subwords, groups)
        See :func:`~pyserini_optical.encoder.quantisation.restore_rows`.
    borrowed : ndarray of int64, shape (borrowed subwords,)
        The teacher's id of each borrowed subword.
    teacher : ndarray of float32, shape (teacher subwords, d)
    """

    rows: np.ndarray
    scales: np.ndarray
    borrowed: np.ndarray
    teacher: np.ndarray

    def embed(self, ids: np.ndarray) -> np.ndarray:
        """Look up the embeddings of subwords.

        Parameters
        ----------
        ids : ndarray of int64, any shape

        Returns
        -------
        ndarray of float32, shape (*ids.shape, d)
        """
        own = len(self.rows)
        within = np.minimum(ids, own - 1)
        embedded = restore_rows(self.rows[within], self.scales[within])
        beyond = ids >= own
        if beyond.any():
            embedded[beyond] = self.teacher[self.borrowed[ids[beyond] - own]]
        return embedded

    def restore(self) -> np.ndarray:
        """Restore the whole table.

        Returns
        -------
        ndarray of float32, shape (own and borrowed subwords, d)
        """
        return self.embed(np.arange(len(self.rows) + len(self.borrowed)))


def find_borrowed(tokenizer: Tokenizer, own: int, teacher: Mapping[str, int]) -> np.ndarray:
    """Find the teacher's ids of the subwords that a pack has no row for.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Tokenizer of the pack.
    own : int
        Number of rows of the pack; subwords with lower ids are its own.
    teacher : mapping of str to int
        Vocabulary of the teacher: subword -> id.

    Returns
    -------
    ndarray of int64, shape (subwords - own,)

    Raises
    ------
    OpticalError
        A subword is neither the pack's own nor the teacher's.
    """
    subwords = sorted((number, subword) for subword, number in tokenizer.get_vocab().items() if number >= own)
    found = [teacher.get(subword) for _, subword in subwords]
    if None in found:
        _, strange = subwords[found.index(None)]
        raise OpticalError(
            f"subword {strange!r} has no embedding: it is neither in the pack's {own} rows nor a subword of the "
            "teacher; "
            "fetch the student again, or its teacher"
        )
    return np.array(found, np.int64)
