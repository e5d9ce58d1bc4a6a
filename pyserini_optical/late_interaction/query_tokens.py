"""The query side: a student of the index's encoder, or that encoder itself."""

from collections.abc import Callable, Sequence

import numpy as np

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.encoder.folders import names_student
from pyserini_optical.encoder.pooling import normalise
from pyserini_optical.late_interaction.token_encoder import TokenEncoder

QueryTokens = Callable[[Sequence[str]], list[np.ndarray]]
"""From queries to normalised token vectors, one array of shape (tokens, d) a query."""


def load_query_tokens(name: str, device: str = "cpu") -> QueryTokens:
    """Load what turns queries into token vectors.

    Parameters
    ----------
    name : str
        A student (`optical`, `optical-swa`, a folder), or an English token encoder as
        :class:`~pyserini_optical.late_interaction.token_encoder.TokenEncoder` takes it.
    device : str
        A torch device.

    Returns
    -------
    callable
        Sequence of str -> list of numpy.ndarray, each of shape (tokens, d), float32, normalised.

    Raises
    ------
    OpticalError
        Nothing goes by that name.
    """
    if not names_student(name):
        return TokenEncoder(name, device).encode_queries
    student = load_query_encoder(name, device=device)
    return lambda queries: [normalise(states) for states in student.encode_tokens(queries)]
