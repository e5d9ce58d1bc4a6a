"""Documents in many languages: every direction, and the language bias of one mixed pool with and without correction.

    python eval/experiments/documents.py --collection lowres-mxls --work FOLDER [--languages eng swa som ...]
    python eval/experiments/documents.py --collection lowres-mxls --work FOLDER --words 50 100 200 [--languages ...]

`lowres-mxls` holds the same passages in twenty languages (from FLORES and NTREX), one relevant passage per query and
language. Queries are those of `lowres-clir`; passages are encoded by `optical-<language>-documents`, English ones by
the teacher. Vectors are kept in the work folder: an interrupted run goes on.

In the mixed pool every query has one relevant passage per language. Its bias is measured as the rank distance: the
largest less the smallest rank of a query's relevant passages, averaged over the queries (Elmahdy, Lin and Ahmad 2024,
there over the languages of the query).

`--words` joins neighbouring passages to at least so many English words, the same ones in every language.
"""

import argparse
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from safetensors.numpy import load_file, save_file

from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder
from pyserini_optical.encoder.language_bias import (
    NEIGHBOURS,
    SHARE,
    centre_languages,
    find_neighbours,
    smooth_vectors,
)
from pyserini_optical.evaluation.tables import Grid, TableCell, mark_best, to_markdown
from pyserini_optical.files import write_file
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

SET = "flores"
LANGUAGES = ("eng", "swa", "som", "tgl", "mar", "hau", "fra", "spa", "deu", "ita")


@dataclass(frozen=True)
class Side:
    """Vectors of one language, in the same order in all of them."""

    passages: np.ndarray
    queries: np.ndarray


def read_texts(language: str, collection: Path) -> tuple[list[str], list[str]]:
    """Read the queries of a language and, in the same order, the passage that is relevant to each."""
    with gzip.open(collection / "corpus" / f"{language}.jsonl.gz", "rt", encoding="utf-8") as file:
        passages = {passage["id"].rpartition(".")[0]: passage["contents"] for passage in map(json.loads, file)}
    topics = read_topics(shipped(f"eval/lowres-clir/topics/{SET}.{language}.tsv"))
    shared = [query for query in topics if query in passages]
    return [topics[query] for query in shared], [passages[query] for query in shared]


def encode(language: str, collection: Path, work: Path) -> Side:
    """Encode the passages and queries of a language, or read what was encoded before."""
    path = work / f"{language}.safetensors"
    if not path.exists():
        queries, passages = read_texts(language, collection)
        name = "optical" if language == "eng" else f"optical-{language}-documents"
        vectors = {
            "passages": OpticalDocumentEncoder(name).encode(passages),
            "queries": load_query_encoder(f"optical-{language}").encode_batch(queries),
        }
        work.mkdir(parents=True, exist_ok=True)
        save_file(vectors, path)
    return Side(**load_file(path))


def centre(passages: np.ndarray) -> np.ndarray:
    """Centre each language of passages (languages, n, d)."""
    languages = np.repeat(np.arange(len(passages)), passages.shape[1]).astype(str)
    return centre_languages(passages.reshape(-1, passages.shape[-1]), languages.tolist()).reshape(passages.shape)


def smooth(passages: np.ndarray) -> np.ndarray:
    """Move each passage towards its ten nearest neighbours, of whatever language."""
    flat = np.ascontiguousarray(passages.reshape(-1, passages.shape[-1]))
    return smooth_vectors(flat, find_neighbours(flat, NEIGHBOURS), SHARE).reshape(passages.shape)


def reduce_hubness(scores: np.ndarray, passages: np.ndarray) -> np.ndarray:
    """Take half of each passage's mean similarity to its neighbours, of whatever language, off its scores."""
    flat = passages.reshape(-1, passages.shape[-1])
    near = np.sort(flat @ flat.T, axis=1)[:, -21:-1].mean(1)
    return scores - 0.5 * near


def calibrate(scores: np.ndarray, languages: int) -> np.ndarray:
    """Make the scores of each language's passages z-scores of that query and language."""
    grouped = scores.reshape(len(scores), languages, -1)
    return ((grouped - grouped.mean(2, keepdims=True)) / grouped.std(2, keepdims=True)).reshape(scores.shape)


def measure_direction(queries: np.ndarray, passages: np.ndarray, relevant: np.ndarray | None = None) -> float:
    """MRR@10 of queries (n, d) over passages (m, d); relevant (n,), by default the i-th passage to the i-th query."""
    scores = queries @ passages.T
    relevant = np.arange(len(queries)) if relevant is None else relevant
    ranks = 1 + (scores > scores[np.arange(len(queries)), relevant][:, None]).sum(1)
    return float(np.where(ranks <= 10, 1 / ranks, 0).mean())


def rank_relevant(scores: np.ndarray, languages: int) -> np.ndarray:
    """Ranks (queries, languages) of the passages relevant to query i, every n-th of scores (queries, languages x n)."""
    n = scores.shape[1] // languages
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None], axis=1)
    return ranks.reshape(len(scores), languages, n)[np.arange(n), :, np.arange(n)]


def measure_pool(scores: np.ndarray, languages: int) -> dict[str, float]:
    """Measure scores (queries, languages x n) of the mixed pool, whose every n-th passage is relevant to a query."""
    n = scores.shape[1] // languages
    first = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    relevant = rank_relevant(scores, languages)
    ordered = np.sort(relevant, axis=1)
    precision = np.arange(1, languages + 1) / ordered
    shares = np.bincount((first // n).ravel(), minlength=languages) / first.size
    return {
        "mAP": float(precision.mean()),
        "R@100": float((relevant <= 100).mean()),
        "rank distance": float((ordered[:, -1] - ordered[:, 0]).mean()),
        "largest share of the first ten": float(shares.max()),
    }


def main() -> None:
    """Write the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--words", nargs="+", type=int, help="measure passages joined to this length, and nothing else")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    languages = options.languages
    sides = [encode(language, options.collection, options.work) for language in languages]
    if options.words:
        grids = [list_lengths(options.words, languages, sides, options.collection)]
    else:
        grids = [list_directions(languages, sides), list_corrections(sides), list_costs(sides)]
    page = "\n".join(map(to_markdown, grids))
    Console().print(page, markup=False, highlight=False, soft_wrap=True)
    if options.report:
        with write_file(options.report, overwrite=True) as file:
            file.write(page)


def list_directions(languages: list[str], sides: list[Side]) -> Grid:
    """Queries of each language over documents of each."""
    rows = [
        (TableCell(language), *(TableCell(f"{measure_direction(own.queries, s.passages):.3f}") for s in sides))
        for language, own in zip(languages, sides, strict=True)
    ]
    return Grid("", ("queries \\ documents", *languages), tuple(rows))


def list_lengths(lengths: list[int], languages: list[str], sides: list[Side], collection: Path) -> Grid:
    """English queries, and those in the language, over passages joined to some lengths."""
    texts = {language: read_texts(language, collection)[1] for language in ["eng", *languages]}
    rows = []
    for words in lengths:
        groups = group_neighbours(texts["eng"], words)
        scores: dict[str, float] = {}
        for language, own in zip(languages, sides, strict=True):
            joined = [""] * (groups[-1] + 1)
            for group, text in zip(groups, texts[language], strict=True):
                joined[group] = f"{joined[group]} {text}".lstrip()
            name = "optical" if language == "eng" else f"optical-{language}-documents"
            passages = OpticalDocumentEncoder(name).encode(joined)
            for asked, queries in (("eng", sides[languages.index("eng")].queries), (language, own.queries)):
                scores[f"{asked} → {language}"] = measure_direction(queries, passages, groups)
        rows.append(
            (TableCell(str(words)), TableCell(str(len(joined))), *(TableCell(f"{s:.3f}") for s in scores.values()))
        )
    return Grid("", ("words", "passages", *scores), tuple(rows))


def group_neighbours(texts: list[str], words: int) -> np.ndarray:
    """Number the groups (n,) of neighbouring texts that together have at least so many words."""
    groups, count = [0], 0
    for text in texts:
        count += len(text.split())
        groups.append(groups[-1] + (count >= words))
        count = 0 if count >= words else count
    return np.array(groups[:-1])


def list_costs(sides: list[Side]) -> Grid:
    """MRR@10 in pools where a passage has no translation beside it: one language, drawn at random; English alone."""
    passages = np.stack([side.passages for side in sides])
    drawn = np.random.default_rng(0).integers(0, len(sides), passages.shape[1])
    mixed = passages[drawn, np.arange(len(drawn))]
    centred = centre_languages(mixed, [str(language) for language in drawn])
    pools = {
        "each passage in one language, drawn at random": (mixed, centred, smooth(centred[None])[0]),
        "English": (passages[0], passages[0], smooth(passages[:1])[0]),
    }
    rows = [
        (
            TableCell(name),
            *(TableCell(f"{np.mean([measure_direction(s.queries, one) for s in sides]):.3f}") for one in each),
        )
        for name, each in pools.items()
    ]
    return Grid("", ("pool", "none", "centring", "centring, smoothing"), tuple(rows))


def list_corrections(sides: list[Side]) -> Grid:
    """The mixed pool under each correction, mean over the languages of the queries."""
    passages = np.stack([side.passages for side in sides])
    count = len(sides)

    centred, smoothed = centre(passages), smooth(passages)
    both = smooth(centred)

    def score(queries: np.ndarray, moved: np.ndarray) -> np.ndarray:
        return queries @ moved.reshape(-1, moved.shape[-1]).T

    methods: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "none": lambda queries: score(queries, passages),
        "hubness reduction": lambda queries: reduce_hubness(score(queries, passages), passages),
        "calibration per language": lambda queries: calibrate(score(queries, passages), count),
        "centring": lambda queries: score(queries, centred),
        "centring, hubness reduction": lambda queries: reduce_hubness(score(queries, centred), centred),
        "centring, calibration": lambda queries: calibrate(score(queries, centred), count),
        "smoothing": lambda queries: score(queries, smoothed),
        "**centring, smoothing** (`balance`)": lambda queries: score(queries, both),
    }
    found = {name: [measure_pool(method(side.queries), count) for side in sides] for name, method in methods.items()}
    names = list(next(iter(found.values()))[0])
    columns = {name: [float(np.mean([one[name] for one in each])) for each in found.values()] for name in names}
    cells = [mark_best(columns["mAP"], 3), mark_best(columns["R@100"], 3)]
    cells += [[TableCell(f"{value:.0f}") for value in columns["rank distance"]]]
    cells += [[TableCell(f"{value:.2f}") for value in columns["largest share of the first ten"]]]
    rows = tuple((TableCell(name), *row) for name, row in zip(found, zip(*cells, strict=True), strict=True))
    return Grid("", ("correction", *names), rows)


if __name__ == "__main__":
    main()
