"""Translations of any word: from the table, and for words it does not hold, from what they look like."""

from dataclasses import dataclass

from pyserini_optical.lexicon.devanagari import romanise_devanagari
from pyserini_optical.lexicon.english import english_terms
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.words import stem_word

STEM_SHARE = 0.5
"""Probability given to the stem's translations; the word itself, which may be a name, has the rest."""

SHORTEST_PART = 4
"""Letters of a part of a compound; shorter ones are found in too many words."""

TABLE, STOP_WORD, NUMBER, COMPOUND = "table", "stop word", "number", "compound"
STEM, ITSELF, ROMANISED = "stem", "itself", "romanised"


@dataclass(frozen=True)
class Translation:
    """What a word translates to, and how that was found.

    Attributes
    ----------
    alternatives : list of (str, float)
        English index terms with probabilities that sum to at most 1, most probable first; empty only for a stop word.
    how : str
        `table`: the table holds the word. `stop word`: it translates to English stop words alone, which no index
        holds. `number`: it stands for itself. `compound`: the table holds its two parts. `stem`: the table holds its
        stem only. `itself`, `romanised`: the table knows nothing of it; it is taken for a name or a word that both
        languages share, in Latin letters.
    """

    word: str
    alternatives: list[tuple[str, float]]
    how: str


def translate_word(table: TranslationTable, word: str) -> Translation:
    """Translate a word, falling back from the table to its parts, to its stem and to the word itself.

    Parameters
    ----------
    word : str
        As :func:`pyserini_optical.lexicon.words.foreign_words` gives it.

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
        return Translation(word, _itself(word)[0], NUMBER)
    if word in table:
        alternatives = table.translations(word)
        return Translation(word, alternatives, TABLE if alternatives else STOP_WORD)
    parts = split_compound(table, word)
    if parts:
        return Translation(word, _mix([table.translations(part) for part in parts], [0.5, 0.5]), COMPOUND)
    itself, how = _itself(word)
    stem = stem_word(word, table.stem_length) if 0 < table.stem_length <= len(word) else None
    if stem is not None and stem in table:
        itself, how = _mix([itself, table.translations(stem)], [1 - STEM_SHARE, STEM_SHARE]), STEM
    return Translation(word, itself, how if itself else STOP_WORD)


def split_compound(table: TranslationTable, word: str) -> tuple[str, str] | None:
    """Split a word into two that the table translates.

    Returns
    -------
    tuple of (str, str), or None
        The split whose shorter part is longest; None when there is none.

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


def _itself(word: str) -> tuple[list[tuple[str, float]], str]:
    roman = romanise_devanagari(word)
    terms = english_terms(roman or word)
    return [(term, 1 / len(terms)) for term in dict.fromkeys(terms)], ROMANISED if roman else ITSELF
