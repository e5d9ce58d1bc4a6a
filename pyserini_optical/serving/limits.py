"""What one request may ask for."""

from dataclasses import dataclass

from pyserini_optical.errors import OpticalError


class TooBusy(OpticalError):
    """More requests wait than may wait; asking again later helps."""


@dataclass(frozen=True)
class Limits:
    """The most that one request, and all that wait together, may ask for.

    Attributes
    ----------
    letters : int
        Of a question.
    hits : int
        Of an answer.
    body : int
        Bytes of a request's body.
    waiting : int
        Requests that wait to be searched; what comes after them is told to come again.
    together : int
        Waiting requests that are encoded and searched together.
    seconds : float
        A client has to send its request, and the service to answer it.
    connections : int
        Open at a time.
    """

    letters: int = 1000
    hits: int = 100
    body: int = 16_384
    waiting: int = 256
    together: int = 8
    seconds: float = 20.0
    connections: int = 512

    def check(self, query: str, k: int) -> None:
        """Refuse a question that asks for too much.

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
