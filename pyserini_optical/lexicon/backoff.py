"""Translations of any word: from the table, or, for words that the table lacks, guessed from their form."""

from dataclasses import dataclass

from pyserini_optical.lexicon.endings import SHORTEST_STEM
from pyserini_optical.lexicon.names import NameFinder, is_latin
from pyserini_optical.lexicon.romanisation import romanise
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.words import stem_word

STEM_SHARE = 0.5
"""Probability given to the stem's translations; the rest goes to the word itself, which may be a name."""

SHORTEST_PART = 4
"""Fewest letters of a part of a compound; shorter parts occur in too many words."""

TABLE, STOP_WORD, NUMBER, COMPOUND = "table", "stop word", "number", "compound"
STEM, ITSELF, NAME = "stem", "itself", "name"


@dataclass(frozen=True)
class Translation:
    """The translation of a word, and how it was found.

    Attributes
    ----------
    alternatives : list of (str, float)
        English index terms with probabilities that sum to at most 1, most probable first; empty only for a stop word.
    how : str
        `table`: the word is in the table. `stop word`: it translates only to English stop words, which are not indexed.
        `number`: it stands for itself. `compound`: its two parts are in the table. `stem`: the table has the word
        without an ending, or its first letters. `name`: the index contains words that it may be a spelling of.
        `itself`: nothing is known about it; it is kept in Latin letters, as a name or a word that both languages share.
    reading : str
        How the word was read, where that is not obvious: its parts, its stem, or its letters in Latin script.
    """

    word: str
    alternatives: list[tuple[str, float]]
    how: str
    reading: str = ""


def translate_word(table: TranslationTable, word: str, names: NameFinder | None = None) -> Translation:
    """Translate a word, falling back from the table to its parts, its stem, a name and finally the word itself.

    Parameters
    ----------
    word : str
        As :func:`pyserini_optical.lexicon.words.foreign_words` gives it.
    names : NameFinder, optional
        Looks names up among the terms of an index.

    Examples
    --------
    >>> table = TranslationTable.from_rows("swa", {"maji": [("water", 0.9)], "wa": [], "madak*": [("doctor", 0.8)]},
    ...                                    stem_length=5)
    >>> translate_word(table, "madaktarini").alternatives  # half the word, half its stem
    [('madaktarini', 0.5), ('doctor', 0.4)]
    >>> [translate_word(table, word).how for word in ("maji", "wa", "madaktarini", "nairobi", "1984")]
    ['table', 'stop word', 'stem', 'itself', 'number']
    """
    if any(letter.isdigit() for letter in word):
        return Translation(word, _itself(table, word if word.isascii() else romanise(word)), NUMBER)
    if word in table:
        alternatives = table.translations(word)
        return Translation(word, alternatives, TABLE if alternatives else STOP_WORD)
    parts = split_compound(table, word)
    if parts:
        alternatives = _mix([table.translations(part) for part in parts], [0.5, 0.5])
        return Translation(word, alternatives, COMPOUND, " + ".join(parts))
    guess = _guess(table, word, names)
    stem = find_stem(table, word)
    if stem is None:
        return guess
    alternatives = _mix([guess.alternatives, table.translations(stem)], [1 - STEM_SHARE, STEM_SHARE])
    return Translation(word, alternatives, STEM, " or ".join(filter(None, (stem, guess.reading))))


def find_stem(table: TranslationTable, word: str) -> str | None:
    """Find the part of a word that the table translates.

    Returns
    -------
    str or None
        The word without the shortest ending that leaves a word of the table; otherwise the table's stem for the word's
        first letters; None if the table has neither.
    """
    for end in range(len(word) - 1, SHORTEST_STEM - 1, -1):
        if word[end:] in table.endings and table.translations(word[:end]):
            return word[:end]
    stem = stem_word(word, table.stem_length) if 0 < table.stem_length <= len(word) else None
    return stem if stem is not None and stem in table else None


def split_compound(table: TranslationTable, word: str) -> tuple[str, str] | None:
    """Split a word into two parts that the table translates.

    Returns
    -------
    tuple of (str, str), or None
        The split with the longest shorter part; None if no split works.

    References
    ----------
    Koehn and Knight, *Empirical Methods for Compound Splitting*, EACL 2003, which also weighs parts by their frequency.

    Examples
    --------
    >>> table = TranslationTable.from_rows("deu", {"wasser": [("water", 0.9)], "kraft": [("power", 0.8)]})
    >>> split_compound(table, "wasserkraft")
    ('wasser', 'kraft')
    """
    splits = [(word[:end], word[end:]) for end in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)]
    known = [parts for parts in splits if all(part in table and table.translations(part) for part in parts)]
    return max(known, key=lambda parts: min(map(len, parts)), default=None)


def _mix(choices: list[list[tuple[str, float]]], shares: list[float]) -> list[tuple[str, float]]:
    """Mix lists of translations, most probable first."""
    mixed: dict[str, float] = {}
    for alternatives, share in zip(choices, shares, strict=True):
        for term, probability in alternatives:
            mixed[term] = mixed.get(term, 0.0) + probability * share
    return sorted(mixed.items(), key=lambda entry: (-entry[1], entry[0]))


def _guess(table: TranslationTable, word: str, names: NameFinder | None) -> Translation:
    """Guess the translation of a word that the table cannot help with."""
    itself = _itself(table, word if is_latin(word) else romanise(word))
    if names is None or (is_latin(word) and names.holds(table.analyze(word))):
        return Translation(word, itself, ITSELF if itself else STOP_WORD)
    found = names.find(word)
    if not found:
        return Translation(word, itself, ITSELF if itself else STOP_WORD)
    nearest = found[0]
    reading = romanise(word) + (f" without {nearest.ending}" if nearest.ending else "")
    return Translation(word, [(name.term, name.probability) for name in found], NAME, reading)


def _itself(table: TranslationTable, word: str) -> list[tuple[str, float]]:
    terms = table.analyze(word)
    return [(term, 1 / len(terms)) for term in dict.fromkeys(terms)]
