"""Subword dropout: split words differently each time, so that rare and inflected forms are trained too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyserini_optical.bitext.normalisation import LONGEST_RUN
from pyserini_optical.distillation.corpus import Tokens


@dataclass(frozen=True)
class SubwordDropout:
    """WordPiece's longest-match splitting, with matches dropped at random.

    Attributes
    ----------
    words : list of list of str
        The normalised words of each text.
    vocabulary : dict of str to int
        Subword -> id; continuing subwords begin with `##`.
    unknown : int
        The id of a word that cannot be split.
    longest : int
        Longest text in tokens, including special tokens; longer ones are truncated.
    share : float
        Probability that a match is dropped in favour of a shorter one; single letters are never dropped.

    References
    ----------
    Hiraoka, "MaxMatch-Dropout: Subword Regularization for WordPiece", COLING 2022, section 3.
    """

    words: list[list[str]]
    vocabulary: dict[str, int]
    unknown: int
    longest: int
    share: float

    def vary(self, tokens: Tokens, rows: Sequence[int] | np.ndarray, random: np.random.Generator) -> Tokens:
        """Split some texts again.

        Parameters
        ----------
        tokens : Tokens
            The same texts, as the tokenizer splits them.
        rows : sequence of int, or numpy.ndarray of int

        Returns
        -------
        Tokens
            Tokens of these rows; the special tokens around a text are kept.
        """
        return Tokens([self._vary(tokens, int(row), random) for row in rows], tokens.padding, tokens.special)

    def _vary(self, tokens: Tokens, row: int, random: np.random.Generator) -> list[int]:
        ids = tokens.ids[row]
        ordinary = [place for place, each in enumerate(ids) if each == self.unknown or each not in tokens.special]
        if not ordinary:
            return ids
        before, after = ids[: ordinary[0]], ids[ordinary[-1] + 1 :]
        subwords = [subword for word in self.words[row] for subword in self.split(word, random)]
        return [*before, *subwords[: self.longest - len(before) - len(after)], *after]

    def split(self, word: str, random: np.random.Generator) -> list[int]:
        """Split a word.

        Returns
        -------
        list of int
            Ids of its subwords, or of the unknown token if it cannot be split.
        """
        subwords: list[int] = []
        start = 0 if len(word) <= LONGEST_RUN else len(word)
        while start < len(word):
            for end in range(len(word), start, -1):
                subword = self.vocabulary.get(("##" if start else "") + word[start:end])
                if subword is not None and (end == start + 1 or random.random() >= self.share):
                    break
            else:
                return [self.unknown]
            subwords.append(subword)
            start = end
        return subwords or [self.unknown]


def prepare_dropout(texts: Sequence[str], tokenizer: Any, longest: int, share: float) -> SubwordDropout:
    """Prepare texts for subword dropout.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
        A WordPiece tokenizer.
    """
    backend = tokenizer.backend_tokenizer
    words = [
        [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(text))]
        for text in texts
    ]
    return SubwordDropout(words, tokenizer.get_vocab(), int(tokenizer.unk_token_id), longest, share)
