"""The result of a search: the hits, why each was found, and how the query was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WORDS, MEANING = "words", "meaning"
"""The two sides: structured queries on a Lucene index, and a student's vectors on a Faiss index."""


@dataclass(frozen=True)
class Reading:
    """How one word of a query was read.

    Attributes
    ----------
    count : int
        How often it occurs in the query.
    how : str
        How the translations were found, see :class:`pyserini_optical.psq.StructuredWord`.
    translations : tuple of (str, str, float)
        Index term, an English word with this stem, and probability; most probable first.
    reading : str
        How the word was read, where that is not obvious: its parts, its stem, or its letters in Latin script.
    """

    word: str
    count: int
    how: str
    translations: tuple[tuple[str, str, float], ...]
    reading: str = ""


@dataclass(frozen=True)
class Mark:
    """A span of a passage that translates a word of the query.

    Attributes
    ----------
    start, end : int
        Offsets in the hit's title or text, in code points.
    word : str
        The query word, which glosses the span in the language of the query.
    probability : float
        Probability of this translation.
    """

    start: int
    end: int
    word: str
    probability: float


@dataclass(frozen=True)
class Hit:
    """A retrieved passage.

    Attributes
    ----------
    title, text : str
        Empty if neither the index nor a collection provides the text.
    found_by : dict of str to (int, float)
        Side (`words`, `meaning`) -> rank, from 1, and score; in a hybrid search a passage may be found by one side
        only.
    """

    docid: str
    score: float
    title: str
    text: str
    found_by: dict[str, tuple[int, float]]
    title_marks: tuple[Mark, ...] = ()
    text_marks: tuple[Mark, ...] = ()

    @property
    def contents(self) -> str:
        """Title and text, in the form of Pyserini's collections."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True)
class Answer(Sequence[Hit]):
    """The hits of one query, best first.

    Attributes
    ----------
    query, language, mode : str
        The query; its language (ISO 639-3), given or identified; `bm25`, `psq`, `dense` or `hybrid`.
    words : tuple of Reading
        Empty for a search by meaning only in a language without a translation table.
    weights : tuple of (float, float), or None
        In a hybrid search, the weights of words and meaning.
    doubt : str or None
        Why the query is probably not in any supported language, for example `is in the Thai script`.
    """

    query: str
    language: str
    mode: str
    words: tuple[Reading, ...]
    hits: tuple[Hit, ...]
    weights: tuple[float, float] | None = None
    doubt: str | None = None

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, place: Any) -> Any:
        return self.hits[place]

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def to_json(self) -> dict[str, Any]:
        """The answer as a JSON object, as printed by the command line and the service."""
        weights = self.weights and {WORDS: round(self.weights[0], 4), MEANING: round(self.weights[1], 4)}
        return {
            "query": self.query,
            "language": self.language,
            "doubt": self.doubt,
            "mode": self.mode,
            "weights": weights,
            "words": [reading_to_json(word) for word in self.words],
            "hits": [_hit_to_json(rank, hit) for rank, hit in enumerate(self.hits, start=1)],
        }


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """One word of a query as a JSON object."""
    translations = [
        {"term": term, "english": english, "probability": round(probability, 4)}
        for term, english, probability in reading.translations
    ]
    return {
        "word": reading.word,
        "count": reading.count,
        "how": reading.how,
        "reading": reading.reading,
        "translations": translations,
    }


def _hit_to_json(rank: int, hit: Hit) -> dict[str, Any]:
    return {
        "rank": rank,
        "docid": hit.docid,
        "score": hit.score,
        "title": hit.title,
        "text": hit.text,
        "found_by": {side: {"rank": place, "score": score} for side, (place, score) in hit.found_by.items()},
        "title_marks": [_mark_to_json(mark) for mark in hit.title_marks],
        "text_marks": [_mark_to_json(mark) for mark in hit.text_marks],
    }


def _mark_to_json(mark: Mark) -> dict[str, Any]:
    return {"start": mark.start, "end": mark.end, "word": mark.word, "probability": round(mark.probability, 4)}
