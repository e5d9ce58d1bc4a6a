"""The vectors of the queries asked last."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any

import numpy as np


class VectorCache:
    """Keep the vectors of the texts used last; safe to share between threads.

    Parameters
    ----------
    size : int
        Most texts kept; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._vectors: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._vectors)

    def look_up(self, texts: Sequence[Hashable], encode: Callable[[list[Any]], np.ndarray]) -> list[np.ndarray]:
        """Give the vectors of texts, encoding those that are not kept, each once.

        Parameters
        ----------
        texts : sequence of hashable
            Texts, or what is encoded in their place, such as a text and its language.
        encode : callable
            From n texts to an array of shape (n, d).

        Returns
        -------
        list of ndarray, shape (d,)
            Not to be written to.
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
