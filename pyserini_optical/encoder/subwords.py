"""The embeddings of a pack's pieces: its own ones, and behind them the teacher's, which are not stored again.

A name that the bitext does not hold is split and read as the teacher would split and read it.
"""

from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class PieceTable:
    """Embeddings by piece id.

    Attributes
    ----------
    rows : ndarray of int8, shape (own pieces, d)
    scales : ndarray of float32, shape (own pieces,)
        One factor a row.
    borrowed : ndarray of int64, shape (borrowed pieces,)
        The teacher's id of each piece behind the own ones.
    teacher : ndarray of float32, shape (teacher pieces, d)
    """

    rows: np.ndarray
    scales: np.ndarray
    borrowed: np.ndarray
    teacher: np.ndarray

    def embed(self, ids: np.ndarray) -> np.ndarray:
        """Look pieces up.

        Parameters
        ----------
        ids : ndarray of int64, any shape

        Returns
        -------
        ndarray of float32, shape (*ids.shape, d)
        """
        own = len(self.rows)
        within = np.minimum(ids, own - 1)
        embedded = self.rows[within] * self.scales[within][..., None]
        beyond = ids >= own
        if beyond.any():
            embedded[beyond] = self.teacher[self.borrowed[ids[beyond] - own]]
        return embedded

    def restore(self) -> np.ndarray:
        """Write the whole table out.

        Returns
        -------
        ndarray of float32, shape (own and borrowed pieces, d)
        """
        return self.embed(np.arange(len(self.rows) + len(self.borrowed)))


def find_borrowed(tokenizer: Tokenizer, own: int, teacher: Tokenizer) -> np.ndarray:
    """Find the teacher's ids of the pieces that a pack has no row for.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        The pack's.
    own : int
        Rows of the pack; the pieces with lower ids are its own.
    teacher : tokenizers.Tokenizer

    Returns
    -------
    ndarray of int64, shape (pieces - own,)

    Raises
    ------
    OpticalError
        A piece is neither the pack's own nor the teacher's.
    """
    pieces = [str(tokenizer.id_to_token(number)) for number in range(own, tokenizer.get_vocab_size())]
    found = [teacher.token_to_id(piece) for piece in pieces]
    if None in found:
        strange = pieces[found.index(None)]
        raise OpticalError(
            f"piece {strange!r} has no embedding: it is beyond the pack's {own} rows and no piece of the teacher; "
            "fetch the student again, or its teacher"
        )
    return np.array(found, np.int64)
