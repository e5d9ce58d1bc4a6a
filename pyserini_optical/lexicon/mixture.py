"""A linear mixture of two tables: one from EM and one from a student's transport plans, say."""

from collections import defaultdict

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import TranslationTable


def mix_tables(first: TranslationTable, second: TranslationTable, share: float) -> TranslationTable:
    """Mix two tables word by word.

    Parameters
    ----------
    first, second : TranslationTable
        Of one language and one analysis.
    share : float
        Weight of `second`, from 0 to 1. A word that only one of them knows keeps that one's translations whole.

    Returns
    -------
    TranslationTable
        ``(1 - share) * first + share * second``.

    Raises
    ------
    OpticalError
        The tables differ in language or analysis, or `share` is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise OpticalError(f"the share of the second table is {share}; it must lie in [0, 1]")
    for name in ("language", "english_analyzer", "foreign_analyzer", "stem_length"):
        if getattr(first, name) != getattr(second, name):
            raise OpticalError(
                f"the tables differ in {name}: {getattr(first, name)} and {getattr(second, name)}; they cannot be mixed"
            )
    rows: dict[str, list[tuple[str, float]]] = {}
    for word in [*first.words, *(word for word in second.words if word not in first)]:
        known = [(table, weight) for table, weight in ((first, 1 - share), (second, share)) if word in table]
        mass: defaultdict[str, float] = defaultdict(float)
        for table, weight in known:
            for term, probability in table.translations(word):
                mass[term] += probability * (weight if len(known) == 2 else 1)
        rows[word] = [(term, min(probability, 1.0)) for term, probability in mass.items() if probability > 0]
    provenance = {"mixture": [first.provenance, second.provenance], "share": share}
    return TranslationTable.from_rows(
        first.language,
        rows,
        english_analyzer=first.english_analyzer,
        foreign_analyzer=first.foreign_analyzer,
        stem_length=first.stem_length,
        provenance=provenance,
    )
