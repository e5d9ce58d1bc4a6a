"""The vocabulary of an index, sorted for fast look-up by skeleton."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_file
from pyserini_optical.lexicon.skeleton import LONGEST, pack_letters, reduce_terms

SHORTEST = 3
FORMAT = "pyserini-optical-vocabulary/2"
F, V = (ord(letter) - ord("a") + 1 for letter in "fv")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Index terms of three to twenty letters a to z, with their document frequencies.

    Attributes
    ----------
    spelt : ndarray of bytes, shape (terms,), S20
        Terms in alphabetical order.
    frequencies : ndarray of int32, shape (terms,)
        Document frequency of each term.
    documents : int
        Number of documents in the index.
    skeletons : ndarray of uint64, shape (entries,)
        Sorted; a term has one or two, and twice as many if it contains a v, which many scripts write as f, b or p.
    owners : ndarray of int32, shape (entries,)
        The term of each skeleton; terms with the same skeleton by falling frequency.
    """

    spelt: np.ndarray
    frequencies: np.ndarray
    documents: int
    skeletons: np.ndarray
    owners: np.ndarray

    @classmethod
    def from_terms(cls, terms: Sequence[str], frequencies: Sequence[int], documents: int) -> "Vocabulary":
        """Build a vocabulary from terms.

        Parameters
        ----------
        terms : sequence of str
            Terms with other characters, with fewer than three letters or with more than twenty are left out.
        """
        kept = {
            term.encode(): frequency
            for term, frequency in zip(terms, frequencies, strict=True)
            if SHORTEST <= len(term) <= LONGEST and term.isascii() and term.isalpha() and term.islower()
        }
        spelt = np.array(sorted(kept), f"S{LONGEST}")
        counts = np.array([kept[term] for term in spelt.tolist()], np.int32)
        letters = pack_letters(spelt)
        places = np.arange(len(spelt), dtype=np.int32)
        with_v = (letters == V).any(axis=1)
        said_f = np.where(letters[with_v] == V, F, letters[with_v])
        owners = np.concatenate([places, places[with_v]])
        hard, soft = reduce_terms(np.concatenate([letters, said_f]))
        differ = hard != soft
        skeletons = np.concatenate([hard, soft[differ]])
        owners = np.concatenate([owners, owners[differ]])
        order = np.lexsort((-counts[owners], skeletons))
        return cls(spelt, counts, documents, skeletons[order], owners[order])

    def __len__(self) -> int:
        return len(self.spelt)

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and self.find(term) is not None

    def find(self, term: str) -> int | None:
        """Find the position of a term.

        Returns
        -------
        int or None
            None if it is not in the vocabulary.
        """
        if not term.isascii() or not SHORTEST <= len(term) <= LONGEST:
            return None
        wanted = np.array(term.encode(), self.spelt.dtype)
        place = int(np.searchsorted(self.spelt, wanted))
        return place if place < len(self.spelt) and self.spelt[place] == wanted else None

    def look_up(self, skeleton: int, most: int) -> np.ndarray:
        """Find the terms with a skeleton.

        Returns
        -------
        ndarray of int32
            Positions of at most `most` terms, the most frequent first.
        """
        wanted = np.uint64(skeleton)
        start, end = np.searchsorted(self.skeletons, wanted), np.searchsorted(self.skeletons, wanted, side="right")
        return self.owners[start : min(int(end), int(start) + most)]

    def letters(self, places: np.ndarray) -> np.ndarray:
        """Give the letters of terms.

        Parameters
        ----------
        places : ndarray of int, shape (n,)

        Returns
        -------
        ndarray of uint8, shape (n, LONGEST)
            As :func:`pyserini_optical.lexicon.skeleton.pack_letters` gives them.
        """
        return pack_letters(self.spelt[places])

    def term(self, place: int) -> str:
        """Give the term at a position."""
        return self.spelt[place].decode()

    def save(self, path: str | Path) -> None:
        """Write the vocabulary to a safetensors file, replacing one that exists.

        Raises
        ------
        OpticalError
            It cannot be written.
        """
        from safetensors.numpy import save

        arrays = {
            "spelt": self.spelt.view(np.uint8).reshape(len(self.spelt), LONGEST),
            "frequencies": self.frequencies,
            "skeletons": self.skeletons,
            "owners": self.owners,
        }
        with write_file(path, "wb", overwrite=True) as file:
            file.write(save(arrays, {"format": FORMAT, "documents": str(self.documents)}))

    @classmethod
    def load(cls, path: str | Path) -> "Vocabulary":
        """Read a vocabulary back.

        Raises
        ------
        OpticalError
            The file is missing, damaged or of another format.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "numpy") as file:
                described = file.metadata() or {}
                if described.get("format") != FORMAT:
                    raise OpticalError(f"{path}: is not a vocabulary of the format {FORMAT}; make it again")
                spelt, frequencies, skeletons, owners = map(
                    file.get_tensor, ("spelt", "frequencies", "skeletons", "owners")
                )
        except (SafetensorError, OSError) as error:
            raise OpticalError(f"{path}: is not a vocabulary ({error}); make it again") from error
        terms = np.ascontiguousarray(spelt).view(f"S{LONGEST}").reshape(-1)
        return cls(terms, frequencies, int(described["documents"]), skeletons, owners)
