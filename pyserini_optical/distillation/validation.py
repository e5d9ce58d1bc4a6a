"""Validation during training: a student's vector of a foreign sentence should retrieve the English one."""

from collections.abc import Mapping

import torch

from pyserini_optical.distillation.corpus import Tokens, to_device
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder

ROWS_TOGETHER = 64


class HeldOut:
    """Held-out pairs of each language, their English sides encoded once by the teacher.

    Parameters
    ----------
    foreign, english : mapping of str to Tokens
        By language; foreign sides in the student's tokens, English sides in the teacher's: first those of the foreign
        ones, in their order, then others that only make the search harder.
    """

    def __init__(
        self, foreign: Mapping[str, Tokens], english: Mapping[str, Tokens], teacher: TransformerEncoder
    ) -> None:
        self.foreign = foreign
        self.english = {language: encode_pooled(teacher, tokens) for language, tokens in english.items()}

    def measure(self, student: TransformerEncoder) -> dict[str, float]:
        """Mean reciprocal rank of the English side among those of the language, by pooled cosine.

        Returns
        -------
        dict of str to float
            `mrr`, the mean over languages, and `mrr_<language>` for each.
        """
        scores = {
            f"mrr_{language}": reciprocal_rank(encode_pooled(student, tokens), self.english[language])
            for language, tokens in self.foreign.items()
        }
        return {"mrr": sum(scores.values()) / max(1, len(scores)), **scores}  # no pairs held out: 0


def encode_pooled(encoder: TransformerEncoder, tokens: Tokens) -> torch.Tensor:
    """Encode texts to pooled unit vectors.

    Returns
    -------
    torch.Tensor, shape (texts, d), float32
    """
    device = next(encoder.parameters()).device
    order = sorted(range(len(tokens.ids)), key=lambda row: len(tokens.ids[row]))
    vectors: list[torch.Tensor] = []
    with torch.inference_mode():
        for first in range(0, len(order), ROWS_TOGETHER):
            batch = tokens.pad(order[first : first + ROWS_TOGETHER])
            states = encoder(**to_device(batch, device))
            vectors.append(torch.nn.functional.normalize(states.pooled(encoder.pooling), dim=-1).float().cpu())
    return torch.cat(vectors)[torch.argsort(torch.tensor(order))]


def reciprocal_rank(queries: torch.Tensor, answers: torch.Tensor) -> float:
    """Mean reciprocal rank of answer i for query i among all answers.

    Parameters
    ----------
    queries : torch.Tensor, shape (n, d)
    answers : torch.Tensor, shape (m, d)
        At least as many as there are queries.

    Returns
    -------
    float
        Between 0 and 1; ties count against the query.
    """
    scores = queries @ answers.T
    ranks = (~(scores < scores.diagonal()[:, None])).sum(dim=1)  # a NaN score also counts against it
    return float((1.0 / ranks).mean())
