"""Burmese written for the Zawgyi font, which uses Unicode's code points with other meanings."""

import logging
from functools import cache
from typing import Any

import regex

logger = logging.getLogger(__name__)

CERTAIN = 0.9995
"""Probability from which a text is called Zawgyi; a few short sentences of Unicode come near it."""

_MYANMAR = regex.compile(r"\p{Script=Myanmar}")


def is_zawgyi(text: str) -> bool:
    """Whether a text is Burmese in Zawgyi.

    References
    ----------
    Google's *Myanmar Tools*: a Markov chain over code points.

    Examples
    --------
    >>> is_zawgyi("မြန်မာစာ"), is_zawgyi("ျမန္မာစာ")  # the same word, in Unicode and in Zawgyi
    (False, True)
    """
    return _MYANMAR.search(text) is not None and float(_detector().get_zawgyi_probability(text)) > CERTAIN


def read_zawgyi(text: str) -> str:
    """Convert Zawgyi text to Unicode, with a notice the first time; other text is unchanged.

    Examples
    --------
    >>> read_zawgyi("ျမန္မာစာ") == "မြန်မာစာ"
    True
    """
    if not is_zawgyi(text):
        return text
    from myanmar import converter

    _say_it()
    return str(converter.convert(text, "zawgyi", "unicode"))


@cache
def _say_it() -> None:
    logger.warning("some text is in Zawgyi instead of Unicode; it is converted to Unicode")


@cache
def _detector() -> Any:
    from myanmartools import ZawgyiDetector

    return ZawgyiDetector()
