"""The sentence pairs of each training step: planned in advance, so that a resumed run sees the same ones.

A step reads one language and English, or English on both sides. Monolingual batches come with probability
`english_share` (Elmahdy, Lin and Ahmad, arXiv 2408.10536, section 3), languages with probability proportional to their
number of pairs raised to `temperature` (Conneau et al., 2020, section 3.1), and the pairs of a batch are of about one
length, which keeps padding small.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyserini_optical.distillation.corpus import Tokens
from pyserini_optical.distillation.subword_dropout import SubwordDropout
from pyserini_optical.errors import OpticalError

BATCHES_SORTED_TOGETHER = 50
"""Number of batches sorted by length together: few enough to stay random, enough to save padding."""


@dataclass(frozen=True)
class Batch:
    """The pairs of one step.

    Attributes
    ----------
    language : str
        Language of the bitext that the pairs come from.
    rows : numpy.ndarray, shape (batch size,), int64
        Their positions in that language's bitext.
    english : bool
        The student reads the English side too: a monolingual batch.
    """

    language: str
    rows: np.ndarray
    english: bool


def plan_batches(
    lengths: Mapping[str, Sequence[int]],
    count: int,
    batch_size: int,
    english_share: float = 0.0,
    temperature: float = 0.5,
    seed: int = 0,
) -> list[Batch]:
    """Plan a whole run.

    Parameters
    ----------
    lengths : mapping of str to sequence of int
        For each language, the length of each of its pairs, in tokens.
    count : int
        Number of batches.
    batch_size : int
        Pairs per batch; a language with fewer gives all it has.
    english_share : float
        Probability that a batch is English on both sides, from 0 to 1.
    temperature : float
        1: languages in proportion to their size; 0: all equally.

    Returns
    -------
    list of Batch
        Every pair of a language is seen once before any is repeated.

    Raises
    ------
    OpticalError
        A language has no pairs, or the share is not between 0 and 1.
    """
    if not 0 <= english_share <= 1:
        raise OpticalError(f"english share {english_share} is not between 0 and 1")
    empty = [language for language, values in lengths.items() if len(values) == 0]
    if empty or not lengths:
        raise OpticalError(f"no sentence pairs left to train on for {', '.join(empty) or 'any language'}")
    random = np.random.default_rng(seed)
    languages = sorted(lengths)
    weights = np.array([float(len(lengths[language])) for language in languages]) ** temperature
    choices = random.choice(len(languages), size=count, p=weights / weights.sum())
    english = random.random(count) < english_share
    rows = {
        language: _draw_rows(np.asarray(lengths[language]), batch_size, np.random.default_rng((seed, number)))
        for number, language in enumerate(languages)
    }
    return [
        Batch(languages[choice], next(rows[languages[choice]]), bool(monolingual))
        for choice, monolingual in zip(choices, english, strict=True)
    ]


def _draw_rows(lengths: np.ndarray, batch_size: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Batches of one language, epoch after epoch without end."""
    batch_size = min(batch_size, len(lengths))
    while True:
        order = random.permutation(len(lengths))
        for first in range(0, len(order), batch_size * BATCHES_SORTED_TOGETHER):
            near = order[first : first + batch_size * BATCHES_SORTED_TOGETHER]
            near = near[np.argsort(lengths[near], kind="stable")]
            starts = range(0, len(near) - len(near) % batch_size, batch_size)
            for start in random.permutation(np.array(starts, dtype=int)):
                yield near[start : start + batch_size]


STREAM = 7
"""Separates the random numbers of subword dropout from those of the plan, which has the same seed."""


class PlannedBatches:
    """The batches of a run as a map-style dataset: item i is the whole of batch i, deterministically.

    Parameters
    ----------
    student, teacher : mapping of str to Tokens
        The foreign sides in the student's tokens and the English sides in the teacher's, by language.
    student_english : mapping of str to Tokens
        The English sides in the student's tokens, for monolingual batches; empty without such batches.
    weigh : bool
        Also return the weights of the tokens.
    dropout : mapping of str to SubwordDropout, optional
        By language: subword dropout of the foreign sides, anew in every batch.
    seed : int
        Seed of the subword dropout.
    """

    def __init__(
        self,
        plan: Sequence[Batch],
        student: Mapping[str, Tokens],
        teacher: Mapping[str, Tokens],
        student_english: Mapping[str, Tokens],
        weigh: bool = False,
        dropout: Mapping[str, SubwordDropout] | None = None,
        seed: int = 0,
    ) -> None:
        self.plan = plan
        self.student = student
        self.teacher = teacher
        self.student_english = student_english
        self.weigh = weigh
        self.dropout = dropout or {}
        self.seed = seed

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, number: int) -> dict[str, Any]:
        """The tensors of a batch: `student` and `teacher` as :meth:`Tokens.pad` gives them, and `number`."""
        batch = self.plan[number]
        student, rows = (self.student_english if batch.english else self.student)[batch.language], batch.rows
        if batch.language in self.dropout and not batch.english:
            random = np.random.default_rng((STREAM, self.seed, number))
            student, rows = self.dropout[batch.language].vary(student, rows, random), np.arange(len(rows))
        return {
            "student": student.pad(rows, self.weigh),
            "teacher": self.teacher[batch.language].pad(batch.rows, self.weigh),
            "number": number,
        }
