"""Texts of several languages in one batch: packs share the layers and differ only in vocabulary and embeddings."""

from collections.abc import Mapping, Sequence

import numpy as np

from pyserini_optical.encoder.batches import batch_by_cost, batch_by_tokens, pad_ids, run_each
from pyserini_optical.encoder.text import TextEncoder

_SHIFT, _WITHIN = 32, 2**32 - 1


class MultilingualEncoder:
    """Encode texts of several languages together.

    Separately, each language would need its own call of the layers: two for a query and its gloss, some twenty for
    thirty-two queries in twenty languages, each padded to its longest text.

    Parameters
    ----------
    encoders : mapping of str to TextEncoder
        Encoder of each language; if there are several, all on the same layers.
    """

    def __init__(self, encoders: Mapping[str, TextEncoder]) -> None:
        self._encoders = dict(encoders)
        self._vocabularies = list(dict.fromkeys(self._encoders.values()))
        first = self._vocabularies[0]
        alone = len(self._vocabularies) == 1
        self._pool, self._dimension, self._pad = first.pool, first.dimension, first.pad if alone else 0
        self._tables = [encoder.backend.embed for encoder in self._vocabularies]
        self._backend = first.backend if alone else first.backend.with_embeddings(self._embed)

    def encode_batch(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Encode texts.

        Parameters
        ----------
        languages : sequence of str
            One per text.

        Returns
        -------
        ndarray of float32, shape (n, d)
            In the order of `texts`.
        """
        ids = self._token_ids(texts, languages)
        vectors = np.empty((len(texts), self._dimension), np.float32)

        def run(places: list[int]) -> tuple[list[int], np.ndarray]:
            batch = pad_ids([ids[place] for place in places], self._pad)
            return places, self._pool(*self._backend.packed_states(*batch))

        group = batch_by_tokens if self._backend.packs_rows else batch_by_cost
        for places, pooled in run_each(run, group(list(map(len, ids))), self._backend.lanes):
            vectors[places] = pooled
        return vectors

    def _token_ids(self, texts: Sequence[str], languages: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, with the number of its vocabulary in the upper half of the first one."""
        ids: list[list[int]] = [[]] * len(texts)
        own = [self._encoders[language] for language in languages]
        for number, encoder in enumerate(self._vocabularies):
            places = [place for place, each in enumerate(own) if each is encoder]
            for place, found in zip(places, encoder.token_ids([texts[place] for place in places]), strict=True):
                found[0] += number << _SHIFT
                ids[place] = found
        return ids

    def _embed(self, ids: np.ndarray) -> np.ndarray:
        vocabularies, within = ids[:, 0] >> _SHIFT, ids & _WITHIN
        used = np.unique(vocabularies)
        rows = [np.flatnonzero(vocabularies == number) for number in used]
        parts = [self._tables[number](within[own]) for number, own in zip(used, rows, strict=True)]
        embedded = np.empty((*ids.shape, parts[0].shape[-1]), np.float32)
        for own, part in zip(rows, parts, strict=True):
            embedded[own] = part
        return embedded
