"""The batches of a run, laid out as tensors one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pyserini_optical.distillation.batches import Batch
from pyserini_optical.distillation.corpus import Tokens
from pyserini_optical.distillation.subword_dropout import SubwordDropout

STREAM = 7
"""Sets the random numbers of splits apart from those of the plan, which has the same seed."""


class PlannedBatches:
    """The batches of a run as a map-style dataset: item i is batch i, whole, whoever asks and whenever.

    Parameters
    ----------
    student, teacher : mapping of str to Tokens
        The foreign sides in the student's tokens and the English sides in the teacher's, by language.
    student_english : mapping of str to Tokens
        The English sides in the student's tokens, for monolingual batches; empty when there are none.
    weigh : bool
        Give the tokens' weights too.
    dropout : mapping of str to SubwordDropout, optional
        By language: split the foreign sides anew in every batch.
    seed : int
        Of these splits.
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
