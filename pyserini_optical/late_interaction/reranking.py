"""Re-rank the top of any run by exact MaxSim, from a store of token vectors or from the passages themselves."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, parse_object
from pyserini_optical.files.identifiers import check_identifier
from pyserini_optical.late_interaction.maxsim import TokenVectors, join_texts, score_gathered
from pyserini_optical.late_interaction.query_tokens import QueryTokens
from pyserini_optical.late_interaction.store_builder import DocumentTokenEncoder
from pyserini_optical.runs import Run, cut, rank

_SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")


def read_passages(path: str | Path) -> Iterator[tuple[str, str]]:
    """Read passages: one JSON object per line with `id`, `contents` and, if there is one, `title`.

    Parameters
    ----------
    path : str or Path
        A file, plain or gzip, or a folder of such files, read in the order of their names.

    Yields
    ------
    docid : str
    text : str
        Title and contents, with a space between.

    Raises
    ------
    OpticalError
        There is no such file, or a line is not such an object; the message names file and line.
    """
    path = Path(path)
    files = sorted(file for file in path.iterdir() if file.name.endswith(_SUFFIXES)) if path.is_dir() else [path]
    if not files:
        raise OpticalError(
            f"{path}: contains no {' or '.join(_SUFFIXES)} file; name the folder of a JSON lines collection"
        )
    for file in files:
        with open_text(file) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse_passage(line, f"{file}:{number}")


def _parse_passage(line: str, place: str) -> tuple[str, str]:
    passage = parse_object(line, place, "each line must be a passage, with `id` and `contents`")
    docid, contents = passage.get("id"), passage.get("contents")
    if not isinstance(docid, str) or not isinstance(contents, str):
        raise OpticalError(f"{place}: `id` and `contents` must both be there, as strings")
    check_identifier(docid, place)
    return docid, f"{passage.get('title') or ''} {contents}".strip()


class PassageTokens:
    """Token vectors of passages encoded on demand, in place of a store.

    Parameters
    ----------
    passages : mapping of str to str
        Identifier to text.

    Attributes
    ----------
    encoder : str
        Name of the encoder.
    """

    def __init__(self, passages: Mapping[str, str], encoder: DocumentTokenEncoder) -> None:
        self.encoder = encoder.name
        self._passages = passages
        self._encoder = encoder

    def gather(self, docids: Sequence[str]) -> TokenVectors:
        """Encode some passages.

        Returns
        -------
        TokenVectors
            In the order of `docids`.

        Raises
        ------
        OpticalError
            A passage is not in the collection.
        """
        absent = next((docid for docid in docids if docid not in self._passages), None)
        if absent is not None:
            raise OpticalError(f"passage {absent} is not in the collection; pass the collection that the run searched")
        return join_texts(self._encoder.encode_documents([self._passages[docid] for docid in docids]))


class TokenSource(Protocol):
    """A source of passages' token vectors.

    A :class:`~pyserini_optical.late_interaction.store.TokenStore`, or
    :class:`~pyserini_optical.late_interaction.reranking.PassageTokens` to encode them on the fly.
    """

    def gather(self, docids: Sequence[str]) -> TokenVectors:
        """Token vectors of some passages."""
        ...


def rerank(
    run: Run, queries: Mapping[str, str], source: TokenSource, encode_queries: QueryTokens, depth: int = 100
) -> Run:
    """Score the first passages of each query by MaxSim.

    Parameters
    ----------
    run : Run
        From BM25, structured queries, a dense index or a hybrid.
    queries : mapping of str to str
        Query identifier to text, in the language of `encode_queries`.
    encode_queries : callable
        From :func:`~pyserini_optical.late_interaction.query_tokens.load_query_tokens`.
    depth : int
        Number of passages per query to score; those below are dropped, since their scores are not comparable.

    Raises
    ------
    OpticalError
        A query of the run has no text, a passage has no vectors, or the two encoders differ in dimension.
    """
    missing = next((query for query in run if query not in queries), None)
    if missing is not None:
        raise OpticalError(f"query {missing} of the run is not in the topics; pass the topics of the run")
    vectors = encode_queries([queries[query] for query in run])
    reranked: Run = {}
    for (query, ranking), tokens in zip(run.items(), vectors, strict=True):
        docids = list(cut(ranking, depth))
        scores = score_gathered(join_texts([tokens]), source.gather, docids)[0]
        reranked[query] = rank(dict(zip(docids, map(float, scores), strict=True)))
    return reranked
