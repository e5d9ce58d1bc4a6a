"""Limits on requests."""

from dataclasses import dataclass

from pyserini_optical.errors import OpticalError


class TooBusy(OpticalError):
    """Too many requests are waiting; try again later."""


@dataclass(frozen=True)
class Limits:
    """Limits on one request and on all that wait.

    Attributes
    ----------
    letters : int
        Most characters of a question.
    hits : int
        Most hits of an answer.
    body : int
        Most bytes of a request body.
    waiting : int
        Most requests waiting to be searched; further ones are told to try again later.
    together : int
        Most waiting requests that are encoded and searched together.
    seconds : float
        Time for a client to send its request, and for the service to answer it.
    connections : int
        Most connections open at a time.
    """

    letters: int = 1000
    hits: int = 100
    body: int = 16_384
    waiting: int = 256
    together: int = 8
    seconds: float = 20.0
    connections: int = 512

    def check(self, query: str, k: int) -> None:
        """Refuse a question that exceeds the limits.

        Raises
        ------
        OpticalError
        """
        if len(query) > self.letters:
            raise OpticalError(
                f"the question has {len(query):,} characters; shorten it to {self.letters:,} at most, or search a "
                "topics file with pyserini-optical search"
            )
        if not 1 <= k <= self.hits:
            raise OpticalError(f"k {k}: give a number from 1 to {self.hits}")
