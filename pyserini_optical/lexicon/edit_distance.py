"""An edit distance between a romanised name and its English spelling, with costs by the sound of the letters."""

import numpy as np

from pyserini_optical.lexicon.skeleton import CLASSES

SOUNDS = [("aeiouyw", 0.3), ("ouvw", 0.3), ("bfuvw", 0.4), ("cgkq", 0.4), ("gj", 0.4)]
ALIKE = [*SOUNDS, *((letters, 0.4) for letters in CLASSES)]
"""Groups of interchangeable letters with their substitution costs; other substitutions cost 1."""

FLEETING, FLEETING_COST, COST = "aeiouyhw", 0.25, 0.8
"""Letters that are often omitted, and the cost of inserting or deleting them and other letters."""

DOUBLED_COST = 0.1
"""Cost of doubling a letter: other scripts write Assam and Otto with one consonant."""


def _cost_tables() -> tuple[np.ndarray, np.ndarray]:
    change, gap = np.ones((27, 27), np.float32), np.full(27, COST, np.float32)
    for letters, cost in ALIKE:
        places = [ord(letter) - ord("a") + 1 for letter in letters]
        block = np.ix_(places, places)
        change[block] = np.minimum(change[block], cost)
    np.fill_diagonal(change, 0.0)
    gap[[ord(letter) - ord("a") + 1 for letter in FLEETING]] = FLEETING_COST
    return change, gap


_CHANGE, _GAP = _cost_tables()


def measure_distances(word: np.ndarray, terms: np.ndarray) -> np.ndarray:
    r"""Measure the distance of each term from every prefix of a word.

    The usual recurrence, :math:`D_{ij} = \min(D_{i-1,j} + g(w_i),\; D_{i,j-1} + g(t_j),\; D_{i-1,j-1} + c(w_i, t_j))`,
    where a gap g is cheaper for a letter that repeats the one before it. Rows are computed for all terms at once: with
    :math:`G_j` the sum of the first j gaps of a term, the second choice is the running minimum of :math:`D_{ij} - G_j`.

    Parameters
    ----------
    word : ndarray of uint8, shape (m,)
        Letters, 1 to 26; 0 for another character.
    terms : ndarray of uint8, shape (n, longest)
        Letters, padded with 0.

    Returns
    -------
    ndarray, shape (m + 1, n)
        Row i: the distances from the first i letters.

    References
    ----------
    Levenshtein, 1966; Zobel and Dart, *Phonetic String Matching: Lessons from Information Retrieval*, SIGIR 1996, with
    costs by the sound of the letters. `eval/experiments/names.md` compares plain distances.
    """
    lengths = (terms > 0).sum(axis=1)
    terms = terms[:, : int(lengths.max(initial=0))]
    # One position of all terms is contiguous in memory: the running minimum goes from position to position.
    letters = np.ascontiguousarray(terms.T)
    distances = np.zeros((len(word) + 1, len(letters) + 1, len(terms)), np.float32)
    gaps = distances[0]
    np.cumsum(_price_gaps(letters), axis=0, out=gaps[1:])
    changes = _CHANGE[word].take(letters, axis=1)
    for row, reached, gap, change in zip(distances, distances[1:], _price_gaps(word).tolist(), changes, strict=False):
        np.add(row, np.float32(gap), out=reached)
        np.minimum(reached[1:], row[:-1] + change, out=reached[1:])
        reached -= gaps
        np.minimum.accumulate(reached, axis=0, out=reached)
        reached += gaps
    return distances[:, lengths, np.arange(len(terms))]


def _price_gaps(letters: np.ndarray) -> np.ndarray:
    """Cost of inserting or deleting each letter; words run down the first axis."""
    gaps: np.ndarray = _GAP[letters]
    gaps[1:][letters[1:] == letters[:-1]] = DOUBLED_COST
    return gaps
