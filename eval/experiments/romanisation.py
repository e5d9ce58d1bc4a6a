"""How many names an index's words give, script by script: cities of the world in the languages of CLDR.

    pip install babel
    python eval/experiments/romanisation.py --lucene-index L [--languages mr ur th ...]

Cities are those of the time zones whose English name is one word of the index. For each language: how many of them CLDR
writes in its script as one word, for how many the right term comes first, and for how many it is among those that stand
for the word. Endings are not taken off.
"""

import argparse
import re

from babel import Locale

from pyserini_optical.evaluation.tables import Grid, TableCell, to_markdown
from pyserini_optical.lexicon.english import english_terms
from pyserini_optical.lexicon.names import NameFinder, is_latin
from pyserini_optical.psq.opening import FIELD, open_anserini
from pyserini_optical.psq.vocabulary import open_vocabulary

LANGUAGES = "mr ne hi bn gu pa or ta te kn ml si ur ps fa ar he am ti ru uk kk mn el hy ka th lo km my ko ja zh"


def read_cities(language: str) -> dict[str, str]:
    """Read time zone -> city, where the language writes it as one word."""
    zones = Locale.parse(language)._data["time_zones"]
    return {zone: names["city"] for zone, names in zones.items() if re.fullmatch(r"[^\s()-]+", names.get("city", ""))}


def read_english(zones: set[str]) -> dict[str, str]:
    """Read time zone -> English city, which most often is the zone's own name."""
    given = read_cities("en")
    names = {zone: given.get(zone, zone.rpartition("/")[2]) for zone in zones if "/" in zone}
    return {zone: name for zone, name in names.items() if re.fullmatch("[A-Za-z]{4,}", name)}


def main() -> None:
    """Look the cities of each language up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES.split())
    options = parser.parse_args()
    vocabulary = open_vocabulary(options.lucene_index, open_anserini(options.lucene_index).reader, FIELD)
    finder = NameFinder(vocabulary, {})
    rows = []
    for language in options.languages:
        cities = {zone: city for zone, city in read_cities(language).items() if not is_latin(city)}
        wanted = {zone: english_terms(name) for zone, name in read_english(set(cities)).items()}
        asked = {zone: terms[0] for zone, terms in wanted.items() if len(terms) == 1 and terms[0] in vocabulary}
        found = [([name.term for name in finder.find(cities[zone])], term) for zone, term in asked.items()]
        first = sum(names[:1] == [term] for names, term in found) / len(found)
        among = sum(term in names for names, term in found) / len(found)
        name = Locale.parse(language).english_name
        rows.append((TableCell(name), *map(TableCell, (f"{len(found)}", f"{first:.2f}", f"{among:.2f}"))))
    print(to_markdown(Grid("", ("language", "cities", "first", "among the four"), tuple(rows))))


if __name__ == "__main__":
    main()
