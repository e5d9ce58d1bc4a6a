"""Burmese written for the Zawgyi font, which gives other meanings to the code points of Unicode."""

from functools import lru_cache
from typing import Any

import regex

CERTAIN = 0.95
"""Probability from which a text is called Zawgyi."""

_MYANMAR = regex.compile(r"\p{Script=Myanmar}")


def is_zawgyi(text: str) -> bool:
    """Whether a text is Burmese in Zawgyi, which no model or table of Unicode text can read.

    References
    ----------
    Google's *Myanmar Tools*: a Markov chain over code points.

    Examples
    --------
    >>> is_zawgyi("မြန်မာစာ"), is_zawgyi("ျမန္မာစာ")  # the same word, in Unicode and in Zawgyi
    (False, True)
    """
    return _MYANMAR.search(text) is not None and float(_detector().get_zawgyi_probability(text)) > CERTAIN


@lru_cache(maxsize=1)
def _detector() -> Any:
    from myanmartools import ZawgyiDetector

    return ZawgyiDetector()
