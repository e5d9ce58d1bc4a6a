"""The endings that a language hangs on its words, learned from its words alone."""

from collections import Counter
from collections.abc import Iterable

LONGEST, SHORTEST_STEM = 6, 3
FEWEST_WORDS = 5
"""An ending is one that so many words have beside a word that lacks it."""

SHARE = 0.001
"""And that at least this share of the words have."""


def learn_endings(words: Iterable[str]) -> dict[str, float]:
    """Learn endings: what words have more than other words that they begin with.

    Parameters
    ----------
    words : iterable of str
        Words of the language, such as those of its translation table.

    Returns
    -------
    dict of str to float
        Ending -> share of the words that end so and stand without it too, largest first.

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
