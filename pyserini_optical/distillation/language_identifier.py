"""Learning to tell the languages of a student apart, from the bitext it was trained on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pyserini_optical.bitext import read_bitext
from pyserini_optical.encoder.checkpoint import read_checkpoint, write_checkpoint
from pyserini_optical.encoder.language_identifier import LANGUAGE_IDENTIFIER, LanguageIdentifier, hash_grams
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, refuse_overwrite, update_folder
from pyserini_optical.languages import ENGLISH

PAIRS = 20_000
KINDS = (".tsv.gz", ".tsv", ".jsonl.gz", ".jsonl", ".tmx.gz", ".tmx")


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
        Added to every count, as a share of the mean count per bucket, so that a language with little text is not
        punished for it.

    Raises
    ------
    OpticalError
        A language has no text.
    """
    rows = []
    for language, sentences in texts.items():
        counts = np.zeros(buckets)
        for sentence in sentences:
            counts += np.bincount(hash_grams(sentence, buckets), minlength=buckets)
        if not counts.sum():
            raise OpticalError(f"{language}: no text to learn the language from")
        counts += smoothing * counts.mean()
        rows.append(np.log(counts / counts.sum()))
    return LanguageIdentifier(list(texts), np.array(rows, dtype=np.float32))


def learn_languages(
    bitext: Mapping[str, str | Path], languages: Sequence[str], known: LanguageIdentifier | None = None
) -> LanguageIdentifier:
    """Learn languages from the foreign side of their bitext, and English from all its English sides.

    A language's likelihoods owe nothing to the other languages. So one without bitext keeps those it has in `known`,
    and English is learned anew only when all others are.

    Parameters
    ----------
    bitext : mapping
        ISO 639-3 code -> bitext, as :func:`~pyserini_optical.bitext.read_bitext` takes it; of each, 20,000 pairs at
        most are taken, spread evenly.
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
    old = {} if known is None else dict(zip(known.languages, known.log_likelihoods, strict=True))
    homeless = [language for language in languages if language not in bitext and language not in old]
    if homeless:
        raise OpticalError(f"no bitext of {', '.join(homeless)}, of which nothing is known yet; name it with --bitext")
    texts: dict[str, list[str]] = {}
    english: list[str] = []
    for language in [language for language in languages if language in bitext]:
        pairs = list(read_bitext(bitext[language], language))
        step = max(1, -(-len(pairs) // PAIRS))
        texts[language] = [pair.foreign for pair in pairs[::step]]
        english += [pair.english for pair in pairs[:: step * 2]]
    if len(texts) == len(languages):
        texts[ENGLISH] = english
    learned = train_language_identifier(texts)
    rows = old | dict(zip(learned.languages, learned.log_likelihoods, strict=True))
    order = [*(language for language in dict.fromkeys([*old, *languages]) if language in languages), ENGLISH]
    return LanguageIdentifier(order, np.stack([rows[language] for language in order]))


def update_language_identifier(folder: str | Path, bitext: Sequence[str | Path], overwrite: bool = False) -> list[str]:
    """Give a pack folder a language identifier for its languages, or learn some of them anew.

    Parameters
    ----------
    folder : str or Path
        The pack folder.
    bitext : sequence of str or Path
        Files named by their language (`swa.tsv.gz`), and folders of such files.
    overwrite : bool
        Replace the identifier if the folder has one.

    Returns
    -------
    list of str
        The languages that were learned.

    Raises
    ------
    OpticalError
        The folder is no pack folder, or has an identifier and `overwrite` is not set; or as :func:`learn_languages`.
    """
    folder = Path(folder)
    checkpoint = read_checkpoint(folder)
    if checkpoint.kind != "packs":
        raise OpticalError(f"{folder}: is a student without packs, which takes every query as it is")
    refuse_overwrite(folder / LANGUAGE_IDENTIFIER, overwrite)
    languages = list(checkpoint.languages)
    found = {language: path for language in languages for path in _list_bitext(bitext, language)}
    if not found:
        raise OpticalError(f"--bitext: no file of {', '.join(languages)}; name them by language, such as swa.tsv.gz")
    path = folder / LANGUAGE_IDENTIFIER
    known = LanguageIdentifier.load(path) if path.is_file() else None
    write_language_identifier(folder, learn_languages(found, languages, known))
    return list(found)


def write_language_identifier(folder: str | Path, identifier: LanguageIdentifier) -> None:
    """Put a language identifier into a pack folder and its checksum into `optical.json`; both or neither."""
    with update_folder(folder) as partial:
        identifier.save(partial / LANGUAGE_IDENTIFIER)
        sha256 = {LANGUAGE_IDENTIFIER: checksum(partial / LANGUAGE_IDENTIFIER)}
        checkpoint = read_checkpoint(partial)
        write_checkpoint(partial, replace(checkpoint, sha256=checkpoint.sha256 | sha256))


def _list_bitext(given: Sequence[str | Path], language: str) -> list[Path]:
    """List the bitext of one language, the last of which counts."""
    names = [f"{language}{kind}" for kind in reversed(KINDS)]
    paths = [path / name for path in map(Path, given) if path.is_dir() for name in names]
    return [path for path in [*paths, *map(Path, given)] if path.name in names and path.is_file()]
