"""The sentence pairs of a run: split into training and held-out, and turned into tokens."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pyserini_optical.bitext import Pair
from pyserini_optical.encoder.templates import Template

DISTRACTORS = 1000
"""English sentences of the training part that a held-out search has to tell the right one from, beside the others."""

SHORTEST_HELD_OUT = 4
"""Words; shorter English sides are kept out of the held-out set, where many would be each other's answer."""


def hold_out(pairs: Sequence[Pair], count: int, seed: int) -> tuple[list[Pair], list[Pair]]:
    """Split pairs so that no held-out English sentence is trained on.

    Parameters
    ----------
    count : int
        Number of pairs to hold out; at most a tenth of all are.

    Returns
    -------
    training, held_out : list of Pair
        The order of the training part is that of `pairs`.
    """
    candidates = [number for number, pair in enumerate(pairs) if len(pair.english.split()) >= SHORTEST_HELD_OUT]
    order = np.random.default_rng(seed).permutation(len(candidates))
    chosen: dict[str, Pair] = {}
    for position in order:
        if len(chosen) >= min(count, len(pairs) // 10):
            break
        chosen.setdefault(pairs[candidates[position]].english, pairs[candidates[position]])
    return [pair for pair in pairs if pair.english not in chosen], list(chosen.values())


def distractors(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """Choose pairs with English sides that make the search for held-out ones harder.

    Parameters
    ----------
    pairs : sequence of Pair
        The training part.

    Returns
    -------
    list of Pair
        At most :data:`DISTRACTORS`.
    """
    long = [pair for pair in pairs if len(pair.english.split()) >= SHORTEST_HELD_OUT]
    chosen = np.random.default_rng(seed).permutation(len(long))[:DISTRACTORS]
    return [long[number] for number in chosen]


@dataclass(frozen=True)
class Tokens:
    """A tokenised side: lists of ids of different lengths, including special tokens."""

    ids: list[list[int]]
    padding: int
    special: frozenset[int]

    @cached_property
    def idf(self) -> np.ndarray:
        """The inverse document frequency of each id, log(texts / texts with it), shape (largest id + 1,), float32."""
        counts = Counter(each for ids in self.ids for each in set(ids))
        found = np.zeros(max(*counts, self.padding) + 1, dtype=np.float32)
        for each, count in counts.items():
            found[each] = np.log(len(self.ids) / count)
        return found

    def pad(self, rows: Sequence[int] | np.ndarray, weigh: bool = False) -> dict[str, Any]:
        """Pad some rows to tensors.

        Parameters
        ----------
        rows : sequence of int, or numpy.ndarray of int
        weigh : bool
            Also return the weights of the tokens.

        Returns
        -------
        dict
            `input_ids` (rows, longest) int64, `attention_mask` (rows, longest) int64, `content`
            (rows, longest) bool: true for tokens that are neither padding nor special, and, if asked for, `weights`
            (rows, longest) float32: the inverse document frequency of each token.
        """
        import torch

        longest = max(len(self.ids[row]) for row in rows)
        input_ids = torch.full((len(rows), longest), self.padding, dtype=torch.long)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for line, row in enumerate(rows):
            ids = self.ids[row]
            input_ids[line, : len(ids)] = torch.tensor(ids)
            mask[line, : len(ids)] = 1
        content = mask.bool() & ~torch.isin(input_ids, torch.tensor(sorted(self.special)))
        batch = {"input_ids": input_ids, "attention_mask": mask, "content": content}
        return batch | ({"weights": torch.from_numpy(self.idf)[input_ids] * mask} if weigh else {})


def tokenise(
    texts: Sequence[str], tokenizer: Any, max_tokens: int, prefix: str = "", frame: Template | None = None
) -> Tokens:
    """Tokenise one side.

    Parameters
    ----------
    max_tokens : int
        Longest text in tokens; longer ones are truncated.
    prefix : str
        Put before each text.
    frame : Template, optional
        Template around a text, in place of the tokenizer's own special tokens.
    """
    fill: list[int] = []
    if frame is not None:
        frame.apply(tokenizer.backend_tokenizer)
        fill = frame.fill(tokenizer.backend_tokenizer)
    encoded = tokenizer([prefix + text for text in texts], truncation=True, max_length=max_tokens)
    ids = [own + fill[len(own) :] for own in encoded["input_ids"]]
    return Tokens(ids, tokenizer.pad_token_id or 0, frozenset(tokenizer.all_special_ids))


def to_device(batch: Mapping[str, Any], device: Any) -> dict[str, Any]:
    """Move the tensors of one side of a batch to a device.

    Parameters
    ----------
    batch : mapping of str to torch.Tensor
        See :meth:`Tokens.pad`.
    """
    return {name: tensor.to(device) for name, tensor in batch.items()}
