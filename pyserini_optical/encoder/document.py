"""The document side: the unchanged teacher for English passages, the student for passages in its languages."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.encoder.loading import Runtime, load_language_identifier, load_text_encoders, make_text_encoder
from pyserini_optical.encoder.student import Student, find_student
from pyserini_optical.encoder.teacher import find_teacher
from pyserini_optical.encoder.teacher_tokenizer import read_teacher_tokenizer
from pyserini_optical.encoder.text import TextEncoder
from pyserini_optical.encoder.torch_backend import load_backend
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH


class OpticalDocumentEncoder:
    """Encode passages, with the interface of Pyserini's document encoders.

    English passages are encoded by the teacher. If the name ends in `-documents`, passages in the student's languages
    are encoded by the student: `optical-swa-documents` takes all passages to be Swahili, `optical-documents` identifies
    the language of each.

    Parameters
    ----------
    model_name : str or Path or Student
        See :func:`~pyserini_optical.encoder.find_student`.
    tokenizer_name : str, optional
        Passed by Pyserini; the teacher has its own tokenizer and refuses another.
    device : str
        A torch device.
    prefix : str, optional
        Put before each text, followed by a space, as in Pyserini's encoders; replaces the teacher's own prefix.
    fp16 : bool
        Half precision, on a GPU.
    **_ignored
        Pooling and normalisation options passed by Pyserini, which a student fixes itself.

    Raises
    ------
    OpticalError
        The student or its teacher cannot be found or loaded.

    Examples
    --------
    >>> encoder = OpticalDocumentEncoder("optical-swa-documents")  # doctest: +SKIP
    >>> encoder.encode(["Nairobi ni mji mkuu wa Kenya."]).shape    # doctest: +SKIP
    (1, 384)
    """

    def __init__(
        self,
        model_name: str | Path | Student,
        tokenizer_name: str | None = None,
        device: str = "cpu",
        prefix: str | None = None,
        fp16: bool = False,
        **_ignored: Any,
    ) -> None:
        student = find_student(model_name)
        if tokenizer_name is not None and tokenizer_name != student.name:
            raise OpticalError(
                f"{student.name}: a teacher has its own tokenizer; leave out --tokenizer {tokenizer_name}"
            )
        self.checkpoint = student.checkpoint
        if self.checkpoint.document_teacher:
            raise OpticalError(
                f"{student.name}: the passages of its index are encoded with {self.checkpoint.document_teacher}; "
                "pass that to pyserini.encode"
            )
        self.name = student.name if student.reads_documents else self.checkpoint.teacher.name
        self._encoders = self._load(student, device, prefix, fp16)
        self._identifier = load_language_identifier(student) if len(self._encoders) > 1 else None

    def _load(self, student: Student, device: str, prefix: str | None, fp16: bool) -> dict[str, TextEncoder]:
        if student.reads_documents:
            return load_text_encoders(student, Runtime("torch", device, fp16, threads=None), prefix, "document")
        folder = find_teacher(self.checkpoint.teacher, student.folder)
        backend = load_backend(folder, self.dimension, device, fp16)
        tokenizer = read_teacher_tokenizer(folder)
        return {ENGLISH: make_text_encoder(self.checkpoint, "document", tokenizer, backend, prefix)}

    @property
    def dimension(self) -> int:
        """Vector size."""
        return self.checkpoint.dimension

    def encode(
        self,
        texts: Sequence[str],
        titles: Sequence[str] | None = None,
        max_length: int | None = None,
        add_sep: bool = False,
        **_ignored: Any,
    ) -> np.ndarray:
        """Encode passages.

        Parameters
        ----------
        titles : sequence of str, optional
            One per text, put before it and followed by a space.
        max_length : int, optional
            Longest input in tokens; by default the teacher's.
        add_sep : bool
            Pyserini's other way of joining title and text; refused with titles, because this teacher was not trained
            for it.

        Returns
        -------
        ndarray of float32, shape (n, d)

        Raises
        ------
        OpticalError
            `add_sep` is set with titles, or the numbers of titles and texts differ.
        """
        if titles is not None:
            if add_sep:
                raise OpticalError("--add-sep: this teacher reads title and text as one text; leave out --add-sep")
            texts = [f"{title} {text}" for title, text in zip(titles, texts, strict=True)]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for encoder, places in self._by_language(texts, max_length):
            vectors[places] = encoder.encode_batch([texts[place] for place in places])
        return vectors

    def encode_tokens(self, texts: Sequence[str], max_length: int | None = None) -> list[np.ndarray]:
        """Encode passages token by token, for late interaction.

        Parameters
        ----------
        max_length : int, optional
            Longest input in tokens; by default the teacher's.

        Returns
        -------
        list of ndarray of float32, shapes (tokens, d)
            The last layer's states, including special tokens, neither pooled nor normalised.
        """
        states: list[np.ndarray] = [np.empty(0)] * len(texts)
        for encoder, places in self._by_language(texts, max_length):
            for place, found in zip(places, encoder.encode_tokens([texts[place] for place in places]), strict=True):
                states[place] = found
        return states

    def tokens(self, text: str) -> list[str]:
        """Split a text into the tokens that :meth:`encode_tokens` encodes.

        Returns
        -------
        list of str
            Including special tokens.
        """
        ((encoder, _),) = self._by_language([text], None)
        return encoder.tokens(text)

    def _by_language(self, texts: Sequence[str], max_length: int | None) -> Iterator[tuple[TextEncoder, list[int]]]:
        """Give the encoder for each language of the texts, and the positions of its texts."""
        first = next(iter(self._encoders))
        places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(self._identifier.identify(text) if self._identifier else first, []).append(place)
        for language, own in places.items():
            encoder = self._encoders[language]
            encoder.cut_at(max_length or encoder.max_length)
            yield encoder, own
