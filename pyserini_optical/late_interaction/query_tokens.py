"""The query side: a student of the index's encoder, or that encoder itself."""

import logging
from collections.abc import Callable, Sequence

import numpy as np

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.encoder.student import names_student
from pyserini_optical.encoder.text import normalise
from pyserini_optical.late_interaction.token_encoder import TokenEncoder

logger = logging.getLogger(__name__)

QueryTokens = Callable[[Sequence[str]], list[np.ndarray]]
"""From queries to normalised token vectors, one array of shape (tokens, d) a query."""


def load_query_tokens(name: str, device: str = "cpu", passages_by: str | None = None) -> QueryTokens:
    """Load the encoder of queries into token vectors.

    Parameters
    ----------
    name : str
        A student (`optical`, `optical-swa`, a folder), or an English token encoder, see
        :class:`~pyserini_optical.late_interaction.token_encoder.TokenEncoder`.
    device : str
        A torch device.
    passages_by : str, optional
        Name of the encoder that made the passages' vectors; if it seems to differ from that of the queries, a warning
        is logged, not an error, since one encoder may have two names.

    Returns
    -------
    callable
        Sequence of str -> list of numpy.ndarray, each of shape (tokens, d), float32, normalised.

    Raises
    ------
    OpticalError
        There is no such student or encoder.
    """
    if not names_student(name):
        _compare(name, name, passages_by)
        return TokenEncoder(name, device).encode_queries
    student = load_query_encoder(name, device=device)
    _compare(name, student.checkpoint.teacher.name, passages_by)
    return lambda queries: [normalise(states) for states in student.encode_tokens(queries)]


def _compare(name: str, teacher: str, passages_by: str | None) -> None:
    if passages_by is not None and teacher != passages_by:
        logger.warning(
            "the passages were encoded with %s, but the query encoder %s is a student of %s: unless these are "
            "the same, "
            "the scores are meaningless",
            passages_by,
            name,
            teacher,
        )
