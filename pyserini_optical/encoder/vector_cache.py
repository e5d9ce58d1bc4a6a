"""A cache for the vectors of recent queries."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any

import numpy as np


class VectorCache:
    """Cache the vectors of the most recently used texts; safe to share between threads.

    Parameters
    ----------
    size : int
        Number of texts to keep; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._vectors: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._vectors)

    def look_up(self, texts: Sequence[Hashable], encode: Callable[[list[Any]], np.ndarray]) -> list[np.ndarray]:
        """Give the vectors of texts, encoding those that are not cached, each once.

        Parameters
        ----------
        texts : sequence of hashable
            Texts, or other keys to encode, such as a text with its language.
        encode : callable
            Maps n texts to an array of shape (n, d).

        Returns
        -------
        list of ndarray, shape (d,)
            Read-only vectors.
        """
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= zip(missing, encode(missing), strict=True)
        with self._lock:
            for text in texts[-self.size :] if self.size else ():
                self._vectors[text] = known[text].copy()
                self._vectors.move_to_end(text)
            while len(self._vectors) > self.size:
                self._vectors.popitem(last=False)
        return [known[text] for text in texts]
