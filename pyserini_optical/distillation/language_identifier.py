"""Learn a language identifier for the languages of a student from its bitext."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pyserini_optical.bitext import Pair, read_bitext
from pyserini_optical.encoder.checkpoint import read_checkpoint, write_checkpoint
from pyserini_optical.encoder.language_identifier import (
    LANGUAGE_IDENTIFIER,
    SHORTEST_JUDGED,
    LanguageIdentifier,
    hash_grams,
)
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, refuse_overwrite, update_folder
from pyserini_optical.files.packing import SUFFIXES
from pyserini_optical.languages import ENGLISH, script_of

logger = logging.getLogger(__name__)

PAIRS = 20_000

DEVIATIONS = 3
"""Standard deviations below the mean likelihood of a language's own text at which a text is doubted."""

FEWEST_JUDGED = 20
"""Texts of :data:`SHORTEST_JUDGED` n-grams and more that tell what a language's text is like."""

LEAST_SHARE = 0.05
"""Smallest share of a language's texts in a script for the script to count."""

KINDS = tuple(f".{kind}{packed}" for kind in ("tsv", "jsonl", "tmx") for packed in (*SUFFIXES, ""))


def train_language_identifier(
    texts: Mapping[str, Iterable[str]], buckets: int = 16384, smoothing: float = 0.02
) -> LanguageIdentifier:
    """Count character n-grams by language.

    Parameters
    ----------
    texts : mapping
        ISO 639-3 code -> sentences in that language.
    buckets : int
        Size of the hash table: 32 kB per language in the file.
    smoothing : float
        Added to every count, as a share of the mean count per bucket, so that a language with little text is not at a
        disadvantage.

    Raises
    ------
    OpticalError
        A language has no text.
    """
    rows, floors, scripts = [], [], []
    for language, sentences in texts.items():
        sentences = list(sentences)
        grams = [hash_grams(sentence, buckets) for sentence in sentences]
        if not any(map(len, grams)):
            raise OpticalError(f"{language}: no text to learn the language from")
        rows.append(_likelihoods(grams, buckets, smoothing))
        floors.append(_floor(_likelihoods(grams[::2], buckets, smoothing), grams[1::2]))
        scripts.append(_common_scripts(sentences))
    return LanguageIdentifier(list(texts), np.array(rows), np.array(floors, np.float32), scripts)


def _likelihoods(grams: Sequence[np.ndarray], buckets: int, smoothing: float) -> np.ndarray:
    counts = np.bincount(np.concatenate(grams), minlength=buckets).astype(np.float64)
    counts += smoothing * counts.mean()
    return np.log(counts / counts.sum()).astype(np.float32)


def _floor(likelihoods: np.ndarray, unseen: Sequence[np.ndarray]) -> float:
    """Mean log-likelihood that only texts in other languages fall below, estimated on text that was not counted."""
    means = [likelihoods[each].mean() for each in unseen if len(each) >= SHORTEST_JUDGED]
    if len(means) < FEWEST_JUDGED:
        return -np.inf
    return float(np.mean(means) - DEVIATIONS * np.std(means))


def _common_scripts(sentences: Sequence[str]) -> str:
    counts = Counter(script for script in map(script_of, sentences) if script is not None)
    return "+".join(script for script, count in counts.most_common() if count >= LEAST_SHARE * counts.total())


def learn_languages(
    bitext: Mapping[str, str | Path], languages: Sequence[str], known: LanguageIdentifier | None = None
) -> LanguageIdentifier:
    """Learn languages from the foreign side of their bitext, and English from all its English sides.

    The likelihoods of a language do not depend on the others. A language without bitext therefore keeps those in
    `known`, and English is only learned anew together with all others.

    Parameters
    ----------
    bitext : mapping
        ISO 639-3 code -> bitext, see :func:`~pyserini_optical.bitext.read_bitext`; at most 20,000 evenly spaced pairs
        of each are used.
    languages : sequence of str
        ISO 639-3 codes, English excepted.

    Returns
    -------
    LanguageIdentifier
        In the order of `known`, new languages after those, English last.

    Raises
    ------
    OpticalError
        A language has no bitext and is not in `known`.
    """
    old = [] if known is None else known.languages
    homeless = [language for language in languages if language not in bitext and language not in old]
    if homeless:
        raise OpticalError(f"{', '.join(homeless)}: not learned yet; pass bitext with --bitext")
    texts: dict[str, list[str]] = {}
    english: list[str] = []
    for language in filter(bitext.__contains__, languages):
        pairs = _spread(list(read_bitext(bitext[language], language)))
        texts[language] = [pair.foreign for pair in pairs]
        english += [pair.english for pair in pairs[::2]]
    if len(texts) == len(languages):
        texts[ENGLISH] = english
    return _join(known, train_language_identifier(texts), languages)


def _spread(pairs: Sequence[Pair]) -> Sequence[Pair]:
    return pairs[:: max(1, -(-len(pairs) // PAIRS))]


def _join(
    known: LanguageIdentifier | None, learned: LanguageIdentifier, languages: Sequence[str]
) -> LanguageIdentifier:
    """Merge newly learned languages into the known ones; English last."""
    old = _by_language(known)
    rows = old | _by_language(learned)
    order = [*(language for language in dict.fromkeys([*old, *languages]) if language in languages), ENGLISH]
    likelihoods, floors, scripts = zip(*(rows[language] for language in order), strict=True)
    return LanguageIdentifier(order, np.stack(likelihoods), np.array(floors, np.float32), scripts)


def _by_language(identifier: LanguageIdentifier | None) -> dict[str, tuple[np.ndarray, float, str]]:
    if identifier is None:
        return {}
    known = zip(identifier.log_likelihoods, identifier.floors, identifier.scripts, strict=True)
    return dict(zip(identifier.languages, known, strict=True))


def teach_language(folder: str | Path, language: str, pairs: Sequence[Pair]) -> None:
    """Add a language to the identifier of a pack folder, from its bitext; create the identifier if necessary.

    Parameters
    ----------
    language : str
        ISO 639-3 code.
    pairs : sequence of Pair
        At most 20,000 evenly spaced pairs are used; English is learned from their English sides if it is not known yet.
    """
    path = Path(folder) / LANGUAGE_IDENTIFIER
    known = LanguageIdentifier.load(path) if path.is_file() else None
    some = _spread(pairs)
    texts = {language: [pair.foreign for pair in some]}
    if known is None:
        texts[ENGLISH] = [pair.english for pair in some]
    others = [] if known is None else [other for other in known.languages if other != ENGLISH]
    write_language_identifier(folder, _join(known, train_language_identifier(texts), [*others, language]))


def update_language_identifier(folder: str | Path, bitext: Sequence[str | Path], overwrite: bool = False) -> list[str]:
    """Learn a language identifier for the languages of a pack folder, or some of them anew.

    Parameters
    ----------
    folder : str or Path
        The pack folder.
    bitext : sequence of str or Path
        Files named by their language (`swa.tsv.gz`), and folders of such files. A file that is named and not used is
        warned of; a folder may hold other languages.
    overwrite : bool
        Replace the identifier if the folder has one.

    Returns
    -------
    list of str
        The languages that were learned.

    Raises
    ------
    OpticalError
        The folder is not a pack folder, or has an identifier and `overwrite` is not set; or as for
        :func:`learn_languages`.
    """
    folder = Path(folder)
    checkpoint = read_checkpoint(folder)
    if checkpoint.kind != "packs":
        raise OpticalError(f"{folder}: is a student without packs, which needs no language identifier")
    refuse_overwrite(folder / LANGUAGE_IDENTIFIER, overwrite)
    languages = list(checkpoint.languages)
    found = {language: path for language in languages for path in _list_bitext(bitext, language)}
    if not found:
        raise OpticalError(f"--bitext: no file for {', '.join(languages)}; name files by language, such as swa.tsv.gz")
    unused = [str(path) for path in map(Path, bitext) if not path.is_dir() and path not in found.values()]
    if unused:
        used = f"{folder} has {', '.join(languages)}, and learns each from the last file named so"
        logger.warning("%s: not used: %s (%s.tsv.gz)", ", ".join(unused), used, languages[0])
    path = folder / LANGUAGE_IDENTIFIER
    known = LanguageIdentifier.load(path) if path.is_file() else None
    write_language_identifier(folder, learn_languages(found, languages, known))
    return list(found)


def write_language_identifier(folder: str | Path, identifier: LanguageIdentifier) -> None:
    """Write a language identifier to a pack folder and its checksum to `optical.json`, atomically."""
    with update_folder(folder) as partial:
        identifier.save(partial / LANGUAGE_IDENTIFIER)
        sha256 = {LANGUAGE_IDENTIFIER: checksum(partial / LANGUAGE_IDENTIFIER)}
        checkpoint = read_checkpoint(partial)
        write_checkpoint(partial, replace(checkpoint, sha256=checkpoint.sha256 | sha256))


def _list_bitext(given: Sequence[str | Path], language: str) -> list[Path]:
    """List the bitext of one language; the last one counts."""
    names = [f"{language}{kind}" for kind in reversed(KINDS)]
    paths = [path / name for path in map(Path, given) if path.is_dir() for name in names]
    return [path for path in [*paths, *map(Path, given)] if path.name in names and path.is_file()]
