"""The inflectional endings of a language, learned from a list of its words."""

from collections import Counter
from collections.abc import Iterable

LONGEST, SHORTEST_STEM = 6, 3
FEWEST_WORDS = 5
"""Fewest words that have an ending and also occur without it."""

SHARE = 0.001
"""Smallest share of the words that do."""


def learn_endings(words: Iterable[str]) -> dict[str, float]:
    """Learn endings: what remains of a word after a shorter word that it begins with.

    Parameters
    ----------
    words : iterable of str
        Words of the language, for example those of its translation table.

    Returns
    -------
    dict of str to float
        Ending -> share of the words that occur both with and without it, largest first.

    References
    ----------
    Harris, *From Phoneme to Morpheme*, Language 31, 1955; Goldsmith, *Unsupervised Learning of the Morphology of a
    Natural Language*, Computational Linguistics 27, 2001, which goes much further.

    Examples
    --------
    >>> stems = "kuva", "talo", "auto", "joki", "meri"
    >>> learn_endings([*stems, *(stem + "ssa" for stem in stems)])
    {'ssa': 0.5}
    """
    known = set(words)
    counts = Counter(
        word[end:]
        for word in known
        for end in range(max(SHORTEST_STEM, len(word) - LONGEST), len(word))
        if word[:end] in known
    )
    fewest = max(FEWEST_WORDS, SHARE * len(known))
    return {ending: count / len(known) for ending, count in counts.most_common() if count >= fewest}
