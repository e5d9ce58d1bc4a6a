"""What a search gives back: the hits, why each was found, and how the query was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

WORDS, MEANING = "words", "meaning"
"""The two sides: structured queries on a Lucene index, and a student's vectors on a Faiss index."""


@dataclass(frozen=True)
class Reading:
    """What one word of a query was read as.

    Attributes
    ----------
    count : int
        How often the query holds it.
    how : str
        How the translations were found, as :class:`pyserini_optical.psq.StructuredWord` says.
    translations : tuple of (str, str, float)
        Index term, an English word that has it for its stem, probability; most probable first.
    reading : str
        What the word was read as, where that does not show: its parts, its stem, its letters in Latin script.
    """

    word: str
    count: int
    how: str
    translations: tuple[tuple[str, str, float], ...]
    reading: str = ""


@dataclass(frozen=True)
class Mark:
    """A stretch of a passage that stands for a word of the query.

    Attributes
    ----------
    start, end : int
        In the hit's title or text, counted in code points.
    word : str
        The query's word: a gloss of the stretch in the language of the query.
    probability : float
        Of this translation of the word.
    """

    start: int
    end: int
    word: str
    probability: float


@dataclass(frozen=True)
class Hit:
    """A passage that was found.

    Attributes
    ----------
    title, text : str
        Empty where nothing that was opened holds the text of passages.
    found_by : dict of str to (int, float)
        Side (`words`, `meaning`) -> rank, from 1, and score of the passage there; in a hybrid search the passage may be
        known to one side only.
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
        """Title and text, as Pyserini's collections hold them."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True)
class Answer(Sequence[Hit]):
    """The hits of one query, best first.

    Attributes
    ----------
    query, language, mode : str
        The query, its language (ISO 639-3), given or identified, and `bm25`, `psq`, `dense` or `hybrid`.
    words : tuple of Reading
        Empty for a search by meaning alone in a language without a translation table.
    weights : tuple of (float, float), or None
        In a hybrid search: the share of the words and that of the meaning.
    doubt : str or None
        Why the query is hardly in any language that the searcher knows, such as `is in the Thai script`.
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
        """Everything as JSON has it, what command line and service print."""
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
    """One word of a query as JSON has it."""
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
