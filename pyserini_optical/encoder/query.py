"""The query side: a student, or the packs of several languages behind one name."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.encoder.gloss import add_glosses, weigh_gloss
from pyserini_optical.encoder.language_identifier import UnknownLanguage
from pyserini_optical.encoder.loading import Runtime, load_language_identifier, load_text_encoders
from pyserini_optical.encoder.multilingual import MultilingualEncoder
from pyserini_optical.encoder.onnx.backend import choose_backend
from pyserini_optical.encoder.student import DOCUMENTS, Student, find_student
from pyserini_optical.encoder.vector_cache import VectorCache
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH

logger = logging.getLogger(__name__)


class OpticalQueryEncoder:
    """Encode queries into the teacher's space, with the interface of Pyserini's query encoders plus batches.

    Parameters
    ----------
    encoder_dir : str or Path or Student
        As :func:`~pyserini_optical.encoder.find_student` takes it.
    tokenizer_name : str, optional
        Passed by Pyserini; a student has its own tokenizer and refuses another.
    device : str
        A torch device.
    prefix : str, optional
        Put before each query, followed by a space, as in Pyserini's encoders; replaces the student's own prefix.
    fp16 : bool
        Half precision, on a GPU.
    backend : {"torch", "onnx", "onnx-int8"}, optional
        Runs the layers; by default onnx in float32 if the student was exported with `pyserini-optical export --onnx`,
        else torch.
    threads : int, optional
        Threads of an onnx backend; by default `OMP_NUM_THREADS`, else all cores.
    cache_size : int
        Number of recent queries to cache the vectors of.
    unknown_language : {"warn", "refuse"}, optional
        What to do with a query in a language or script that a student of several languages was not taught; by default
        the value of the environment variable `PYSERINI_OPTICAL_UNKNOWN_LANGUAGE`, else warn once.
    reads_glosses : bool
        Also load the teacher, to read English glosses of the queries.
    **_ignored
        Pooling, normalisation and length options passed by Pyserini, which a student fixes itself.

    Raises
    ------
    OpticalError
        The student cannot be found or loaded.

    Examples
    --------
    >>> encoder = OpticalQueryEncoder("optical-swa")            # doctest: +SKIP
    >>> encoder.encode("mji mkuu wa Kenya ni upi?").shape       # doctest: +SKIP
    (384,)
    """

    def __init__(
        self,
        encoder_dir: str | Path | Student,
        tokenizer_name: str | None = None,
        device: str = "cpu",
        prefix: str | None = None,
        fp16: bool = False,
        backend: str | None = None,
        threads: int | None = None,
        cache_size: int = 1024,
        unknown_language: str | None = None,
        reads_glosses: bool = False,
        **_ignored: Any,
    ) -> None:
        student = find_student(encoder_dir)
        if tokenizer_name is not None and tokenizer_name != student.name:
            raise OpticalError(
                f"{student.name}: a student has its own tokenizer; leave out --tokenizer {tokenizer_name}"
            )
        if student.reads_documents:
            raise OpticalError(
                f"{student.name}: encodes passages; for queries use {student.name.removesuffix(DOCUMENTS)}"
            )
        self.name, self.folder, self.language = student.name, student.folder, student.language
        self.checkpoint = student.checkpoint
        self.backend = choose_backend(student, backend, device)
        self._doubts = UnknownLanguage(student.name, student.languages, unknown_language)
        self._cache = VectorCache(cache_size)
        # Load everything now: damage must show before a search writes its first line.
        runtime = Runtime(self.backend, device, fp16, threads)
        self._encoders = load_text_encoders(student, runtime, prefix, with_english=reads_glosses)
        self._together = MultilingualEncoder(self._encoders)
        self._reads_glosses = reads_glosses
        if reads_glosses and ENGLISH not in student.languages:
            del self._encoders[ENGLISH]
        self._identifier = load_language_identifier(student) if len(self._encoders) > 1 else None

    @property
    def dimension(self) -> int:
        """Vector size."""
        return self.checkpoint.dimension

    def encode(self, query: str, **_ignored: Any) -> np.ndarray:
        """Encode one query.

        Returns
        -------
        ndarray of float32, shape (d,)

        Raises
        ------
        OpticalError
            The query is empty.
        """
        return self.encode_batch([query])[0]

    def encode_batch(
        self,
        queries: Sequence[str],
        languages: Sequence[str] | None = None,
        glosses: Sequence[str] | None = None,
        **_ignored: Any,
    ) -> np.ndarray:
        """Encode queries, sorted by length internally.

        Parameters
        ----------
        languages : sequence of str, optional
            ISO 639-3 codes; by default identified. A student of one language reads all queries as that language.
        glosses : sequence of str, optional
            Word-by-word English translations of the queries, for the teacher; empty for a query without one.

        Returns
        -------
        ndarray of float32, shape (n, d)
            In the order of `queries`.

        Raises
        ------
        OpticalError
            A query is empty, or in a language that is refused.
        """
        if not len(queries):
            return np.empty((0, self.dimension), dtype=np.float32)
        said: Sequence[str | None] = languages or [None] * len(queries)
        asked = list(zip(queries, said, glosses or [""] * len(queries), strict=True))
        return np.stack(self._cache.look_up(asked, self._encode_afresh))

    def _encode_afresh(self, asked: Sequence[tuple[str, str | None, str]]) -> np.ndarray:
        queries, languages, glosses = zip(*asked, strict=True)
        read = [gloss for gloss in glosses if gloss] if self._reads_glosses else []
        spoken = [*self._settle(queries, languages), *[ENGLISH] * len(read)]
        vectors = self._together.encode_batch([*queries, *read], spoken)
        if not read:
            return vectors
        own, others = np.split(vectors, [len(queries)])
        packs = self.checkpoint.languages
        weights = np.array([weigh_gloss(packs.get(language)) for language in spoken[: len(queries)]], np.float32)
        return add_glosses(own, glosses, others, weights, self.checkpoint.normalize)

    def encode_tokens(self, queries: Sequence[str]) -> list[np.ndarray]:
        """Encode queries token by token, for late interaction.

        Returns
        -------
        list of ndarray of float32, shapes (tokens, d)
            The last layer's states, special tokens included, neither pooled nor normalised.

        Raises
        ------
        OpticalError
            A query is empty, or in a language that is refused.
        """
        tokens: list[np.ndarray] = [np.empty(0)] * len(queries)
        for language, positions in self._by_language(queries).items():
            states = self._encoders[language].encode_tokens([queries[position] for position in positions])
            for position, state in zip(positions, states, strict=True):
                tokens[position] = state
        return tokens

    def tokens(self, query: str) -> list[str]:
        """Split a query into the tokens that :meth:`encode_tokens` encodes.

        Returns
        -------
        list of str
            Including special tokens.

        Raises
        ------
        OpticalError
            The query is empty.
        """
        ((language, _),) = self._by_language([query]).items()
        return self._encoders[language].tokens(query)

    def _by_language(self, queries: Sequence[str]) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {}
        for position, language in enumerate(self._settle(queries, [None] * len(queries))):
            groups.setdefault(language, []).append(position)
        return groups

    def _settle(self, queries: Sequence[str], languages: Sequence[str | None]) -> list[str]:
        """Determine the language of each query, and with it the encoder."""
        for position, query in enumerate(queries):
            if not query.strip():
                raise OpticalError(f"query {position + 1} of {len(queries)} is empty ({query!r}); fix the topics file")
        if self._identifier is None:
            return [next(iter(self._encoders))] * len(queries)
        settled: list[str] = []
        for query, said in zip(queries, languages, strict=True):
            if said is None:
                language, doubt = self._identifier.judge(query)
                if doubt is not None:
                    self._doubts.tell(query, doubt, language)
            elif said in self._encoders:
                language = said
            else:
                raise OpticalError(
                    f"{self.name}: does not know language {said!r}; it knows {', '.join(self._encoders)}"
                )
            settled.append(language)
        return settled


def load_query_encoder(
    name_or_path: str | Path | Student,
    device: str = "cpu",
    backend: str | None = None,
    threads: int | None = None,
    unknown_language: str | None = None,
    reads_glosses: bool = False,
) -> OpticalQueryEncoder:
    """Load a student, without Pyserini or Java.

    Parameters
    ----------
    name_or_path : str or Path or Student
        As :func:`~pyserini_optical.encoder.find_student` takes it.
    device : str
        A torch device.
    backend : {"torch", "onnx", "onnx-int8"}, optional
        As :class:`OpticalQueryEncoder` takes it.
    threads : int, optional
        Of an onnx backend.
    unknown_language : {"warn", "refuse"}, optional
        As :class:`OpticalQueryEncoder` takes it.
    reads_glosses : bool
        As :class:`OpticalQueryEncoder` takes it.

    Raises
    ------
    OpticalError
        The student cannot be found or loaded.
    """
    return OpticalQueryEncoder(
        name_or_path,
        device=device,
        backend=backend,
        threads=threads,
        unknown_language=unknown_language,
        reads_glosses=reads_glosses,
    )
