"""The co-occurrences of a bitext, laid out so that an EM iteration is two sparse matrix products.

Every pair of a source token and a target token in the same sentence pair is a *co-occurrence*. Co-occurrences of the
same two types share one probability and form an *entry*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from pyserini_optical.errors import OpticalError

CELLS_PER_BLOCK = 8_000_000
"""Co-occurrences sorted together, which bounds the memory of the sort to some 300 MB."""


@dataclass(frozen=True)
class Cooccurrences:
    """The co-occurrences of a bitext, entries sorted by (source id, target id).

    Attributes
    ----------
    blocks : list of scipy.sparse.csr_matrix, each (entries of the block, target tokens), float32
        1 in each cell; the rows of all blocks, one after another, are the entries.
    source, target : numpy.ndarray, shape (entries,), int32
        Type ids of an entry; the NULL word is the source id `source_size`.
    source_size, target_size : int
        Number of source types, NULL not counted, and of target types.
    """

    blocks: list[scipy.sparse.csr_matrix]
    source: np.ndarray
    target: np.ndarray
    source_size: int
    target_size: int

    def sum_by_token(self, values: np.ndarray) -> np.ndarray:
        """Sum over the cells of each target token.

        Parameters
        ----------
        values : numpy.ndarray, shape (entries,), float32

        Returns
        -------
        numpy.ndarray, shape (target tokens,), float32
        """
        total = np.zeros(self.blocks[0].shape[1], np.float32)
        first = 0
        for block in self.blocks:
            total += block.T @ values[first : first + block.shape[0]]
            first += block.shape[0]
        return total

    def sum_by_entry(self, values: np.ndarray) -> np.ndarray:
        """Sum over the cells of each entry.

        Parameters
        ----------
        values : numpy.ndarray, shape (target tokens,), float32

        Returns
        -------
        numpy.ndarray, shape (entries,), float32
        """
        return np.concatenate([block @ values for block in self.blocks])


def collect_cooccurrences(
    source: Sequence[np.ndarray], target: Sequence[np.ndarray], source_size: int, target_size: int, null: bool = True
) -> Cooccurrences:
    """Collect the co-occurrences of a bitext, block by block of source types.

    Parameters
    ----------
    source, target : sequence of numpy.ndarray, one 1-D integer array of type ids per sentence
        The two sides, in the same order; a pair with an empty side is ignored.
    source_size, target_size : int
        Number of types; every id is below it.
    null : bool
        Add a NULL word, id `source_size`, to each source sentence.

    Raises
    ------
    OpticalError
        The sides differ in length, an id is out of range, or no pair has two non-empty sides.
    """
    if len(source) != len(target):
        raise OpticalError(f"{len(source)} source sentences but {len(target)} target sentences; give equally many")
    pairs = [
        (foreign, english) for foreign, english in zip(source, target, strict=True) if len(foreign) and len(english)
    ]
    if not pairs:
        raise OpticalError(
            "no sentence pair has words on both sides: there is nothing to learn a translation table from"
        )
    target_ids = np.concatenate([english for _, english in pairs]).astype(np.int32)
    lengths = np.array([len(english) for _, english in pairs])
    starts = np.cumsum(lengths) - lengths

    source_ids = np.concatenate([foreign for foreign, _ in pairs]).astype(np.int32)
    pair_of = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(foreign) for foreign, _ in pairs])
    for name, ids, size in (("source", source_ids, source_size), ("target", target_ids, target_size)):
        if ids.min() < 0 or ids.max() >= size:
            raise OpticalError(f"{name} ids run from {ids.min()} to {ids.max()}; they must lie in 0 to {size - 1}")
    if null:
        source_ids = np.concatenate([source_ids, np.full(len(pairs), source_size, np.int32)])
        pair_of = np.concatenate([pair_of, np.arange(len(pairs), dtype=np.int32)])
    by_type = np.argsort(source_ids, kind="stable")
    source_ids, pair_of = source_ids[by_type], pair_of[by_type]

    blocks, entry_sources, entry_targets = [], [], []
    cells_before = np.concatenate([[0], np.cumsum(lengths[pair_of])])
    first = 0
    while first < len(source_ids):
        reach = np.searchsorted(cells_before, cells_before[first] + CELLS_PER_BLOCK)
        last = int(np.searchsorted(source_ids, source_ids[min(reach, len(source_ids)) - 1], side="right"))
        owners = pair_of[first:last]
        tokens = _concatenate_ranges(starts[owners], lengths[owners])
        types, occurrences = np.unique(source_ids[first:last], return_index=True)
        row_ends = np.append(cells_before[first + occurrences], cells_before[last]) - cells_before[first]
        block, row, column = _merge_cells(tokens, target_ids, row_ends, target_size)
        blocks.append(block)
        entry_sources.append(types[row])
        entry_targets.append(column)
        first = last
    return Cooccurrences(blocks, np.concatenate(entry_sources), np.concatenate(entry_targets), source_size, target_size)


def _concatenate_ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """``[starts[0], starts[0] + 1, ..., starts[1], ...]``: `lengths[k]` numbers from `starts[k]` on, int32."""
    offsets = starts - (np.cumsum(lengths) - lengths)
    return np.repeat(offsets.astype(np.int32), lengths) + np.arange(lengths.sum(), dtype=np.int32)


def _merge_cells(
    tokens: np.ndarray, target_ids: np.ndarray, row_ends: np.ndarray, target_size: int
) -> tuple[scipy.sparse.csr_matrix, np.ndarray, np.ndarray]:
    """Group cells by entry; return the block, and the row and target id of each of its entries."""
    rows = len(row_ends) - 1
    cells = scipy.sparse.csr_matrix((tokens, target_ids[tokens], row_ends), shape=(rows, target_size))
    # Transposing twice sorts each row by column in linear time: half the cost of a comparison sort.
    cells = cells.tocsc().tocsr()
    opens = np.empty(len(tokens), bool)
    opens[:1] = True
    np.not_equal(cells.indices[1:], cells.indices[:-1], out=opens[1:])
    opens[cells.indptr[:-1]] = True
    entry_starts = np.flatnonzero(opens)
    row = np.searchsorted(cells.indptr, entry_starts, side="right") - 1
    shape = (len(entry_starts), len(target_ids))
    ones = np.ones(len(tokens), np.float32)
    block = scipy.sparse.csr_matrix((ones, cells.data, np.append(entry_starts, len(tokens))), shape=shape)
    return block, row, cells.indices[entry_starts]
