"""`pyserini-optical search --mode bm25 | psq | dense | hybrid --topics F --output RUN`."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from pyserini_optical.commands.language_option import parse_language
from pyserini_optical.commands.numbers import amount, count, share
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, language_code

MODES = ("bm25", "psq", "dense", "hybrid")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options, under Pyserini's names where Pyserini has them."""
    parser.add_argument("--mode", choices=MODES, default="hybrid", help="psq is BM25 with structured queries")
    parser.add_argument("--topics", required=True, help="topics TSV: query id, query")
    parser.add_argument("--output", required=True, metavar="RUN", help="the TREC run to write")
    parser.add_argument("--language", type=parse_language, help="language of the queries (swa, sw or Swahili)")
    parser.add_argument("--hits", type=count, default=1000, help="documents per query")
    parser.add_argument("--tag", default=None, help="name in the last column of the run; by default the mode")
    parser.add_argument("--overwrite", action="store_true", help="replace an output that exists")
    parser.add_argument("--batch-size", type=count, default=64, help="queries searched together")
    parser.add_argument("--threads", type=count, default=1, help="threads of the searchers")

    sparse = parser.add_argument_group("sparse side (bm25, psq, hybrid)")
    sparse.add_argument("--lucene-index", metavar="FOLDER", help="Lucene index made by Pyserini's default analyzer")
    sparse.add_argument("--table", default="optical", help="translation table: `optical`, or a folder")
    sparse.add_argument(
        "--documents",
        metavar="CODE",
        type=language_code,
        default=ENGLISH,
        help="language of the documents, if not English",
    )
    sparse.add_argument("--k1", type=amount, default=0.9, help="BM25")
    sparse.add_argument("--b", type=share, help="BM25; by default 0.4, and up to 1 for long psq queries")
    sparse.add_argument("--smallest-probability", type=share, default=0.03, help="drop less probable translations")
    sparse.add_argument("--probability-mass", type=share, default=1.0, help="keep the likeliest up to this sum")
    sparse.add_argument("--most-translations", type=count, default=20, help="a word")
    sparse.add_argument(
        "--document-frequency", choices=("max", "expected"), default="max", help="of a word: Lucene's, or exact PSQ's"
    )
    sparse.add_argument("--no-names", action="store_true", help="do not look for names among the words of the index")

    dense = parser.add_argument_group("dense side (dense, hybrid)")
    dense.add_argument("--dense-index", metavar="FOLDER", help="Faiss index made by Pyserini with the teacher")
    dense.add_argument("--encoder", default="optical", help="student: `optical`, `optical-swa`, or a folder")
    dense.add_argument(
        "--unknown-language",
        choices=("warn", "refuse"),
        help="what to do with a query in a language that the student was not taught (warn)",
    )
    dense.add_argument("--device", default="cpu", help="torch device of the encoder")
    dense.add_argument("--ef-search", type=count, help="of an HNSW index: passages kept in sight; the more, the surer")
    dense.add_argument("--nprobe", type=count, help="of an IVF index: inverted lists visited; the more, the surer")
    dense.add_argument(
        "--hubness-penalty",
        type=share,
        help="share of its similarity to other passages that a passage loses; by default 0.5 in a hybrid, and 0 in a "
        "dense search, whose scores are then those of pyserini.search.faiss",
    )

    fusion = parser.add_argument_group("fusion (hybrid)")
    fusion.add_argument("--method", choices=("weighted-sum", "rrf"), default="weighted-sum")
    fusion.add_argument("--normalisation", choices=("min-max", "z-score", "rank"), default="z-score")
    fusion.add_argument(
        "--weights", nargs=2, type=amount, metavar=("SPARSE", "DENSE"), help="by default they follow the query"
    )
    fusion.add_argument("--depth", type=count, default=1000, help="documents of each side that are fused")


def run(options: argparse.Namespace) -> None:
    """Search with every topic and write the run."""
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.runs import write_run
    from pyserini_optical.topics import read_topics

    refuse_overwrite(options.output, options.overwrite)
    topics = read_topics(options.topics)
    _check(options)
    searcher = _open(options)
    found = dict(_search(searcher, topics, options))
    write_run(options.output, found, options.tag or f"optical-{options.mode}", options.overwrite)


def _check(options: argparse.Namespace) -> None:
    needed = {"bm25": ["lucene_index"], "psq": ["lucene_index"], "dense": ["dense_index"]}
    for name in needed.get(options.mode, ["lucene_index", "dense_index"]):
        if getattr(options, name) is None:
            raise OpticalError(f"--mode {options.mode} searches an index: name it with --{name.replace('_', '-')}")
    adaptive = options.weights is None and options.method == "weighted-sum"
    if options.mode == "hybrid" and adaptive and options.normalisation != "z-score":
        raise OpticalError(
            f"weights that follow the query are made for z-scores: give --weights with --normalisation "
            f"{options.normalisation}"
        )


def _open(options: argparse.Namespace) -> Any:
    if options.mode == "bm25":
        from pyserini_optical.psq.document_ids import check_document_ids
        from pyserini_optical.psq.length_normalisation import B_SHORT
        from pyserini_optical.psq.searcher import open_lucene

        searcher = open_lucene(options.lucene_index)
        check_document_ids(searcher, options.lucene_index)
        searcher.set_bm25(options.k1, B_SHORT if options.b is None else options.b)
        return searcher
    if options.mode == "psq":
        return _open_psq(options)
    if options.mode == "dense":
        from pyserini_optical.fusion.hubness import HubnessReducedSearcher

        dense = _open_dense(options)
        return HubnessReducedSearcher(dense, options.hubness_penalty) if options.hubness_penalty else dense
    from pyserini_optical.fusion.hubness import HUBNESS_PENALTY
    from pyserini_optical.fusion.hybrid import OpticalHybridSearcher
    from pyserini_optical.fusion.weights import SHIPPED_WEIGHTS

    weights = options.weights or (SHIPPED_WEIGHTS if options.method == "weighted-sum" else (1.0, 1.0))
    return OpticalHybridSearcher(
        _open_psq(options),
        _open_dense(options),
        weights,
        options.method,
        options.normalisation,
        options.depth,
        HUBNESS_PENALTY if options.hubness_penalty is None else options.hubness_penalty,
    )


def _open_psq(options: argparse.Namespace) -> Any:
    from pyserini_optical.lexicon.table import load_table
    from pyserini_optical.psq.document_ids import check_document_ids
    from pyserini_optical.psq.searcher import StructuredQuerySearcher
    from pyserini_optical.psq.structured import Pruning

    searcher = StructuredQuerySearcher(
        options.lucene_index,
        load_table(options.table, options.language, options.documents),
        Pruning(options.smallest_probability, options.probability_mass, options.most_translations),
        options.document_frequency,
        options.k1,
        options.b,
        not options.no_names,
    )
    check_document_ids(searcher.searcher, options.lucene_index)
    return searcher


def _open_dense(options: argparse.Namespace) -> Any:
    from pyserini_optical.encoder import find_student, load_query_encoder
    from pyserini_optical.plugin.dense_search import open_dense

    student = find_student(options.encoder)
    if options.language is not None and student.language is None:
        student = student.bind(options.language)
    encoder = load_query_encoder(student, device=options.device, unknown_language=options.unknown_language)
    return open_dense(options.dense_index, encoder, options.ef_search, options.nprobe)


def _search(
    searcher: Any, topics: Mapping[str, str], options: argparse.Namespace
) -> Iterator[tuple[str, dict[str, float]]]:
    from tqdm import tqdm

    from pyserini_optical.runs import search_run

    queries = list(topics)
    with tqdm(total=len(queries), unit="query", disable=None) as bar:
        for start in range(0, len(queries), options.batch_size):
            batch = queries[start : start + options.batch_size]
            texts = [topics[query] for query in batch]
            yield from search_run(searcher, texts, batch, options.hits, options.threads).items()
            bar.update(len(batch))
