"""`pyserini-optical late index | search | rerank`: token-level index, search and re-ranking."""

import argparse
import sys
from pathlib import Path

from pyserini_optical.commands.options import count
from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the three verbs and their flags."""
    verbs = parser.add_subparsers(dest="late_verb", metavar="index | search | rerank", required=True)

    index = verbs.add_parser("index", help="encode a collection and compress its token vectors")
    index.add_argument("--input", required=True, help="JSON lines file, or a folder of them: id, title, contents")
    index.add_argument("--index", required=True, help="folder to write; a build that was killed is resumed")
    index.add_argument("--encoder", default=DEFAULT_TEACHER, help="a ColBERT model (Stanford, PyLate) or any encoder")
    index.add_argument(
        "--dtype",
        choices=("float16", "int8"),
        default="float16",
        help="data type of the token store (default: float16)",
    )
    index.add_argument(
        "--bits", type=count, choices=(2, 4), default=2, help="bits per dimension in the compressed index (default: 2)"
    )
    index.add_argument("--shard-size", type=count, default=1000, help="passages per shard (default: 1000)")
    index.add_argument("--overwrite", action="store_true", help="compress again; a finished token store is kept")
    index.add_argument("--no-compress", action="store_true", help="write only the token store")
    _add_device(index)

    search = verbs.add_parser("search", help="search an index by MaxSim")
    _add_query_flags(search)
    search.add_argument("--index", required=True, help="folder written by late index")
    search.add_argument("--hits", type=count, default=1000, help="passages per query (default: 1000)")
    search.add_argument(
        "--scoring",
        choices=("exact", "compressed", "exhaustive"),
        help="default: exact if there is a token store, else compressed",
    )
    search.add_argument("--candidates", type=count, help="passages to score (default: the larger of 100 and --hits)")
    search.add_argument("--probes", type=count, default=8, help="inverted lists visited per query token (default: 8)")

    rerank = verbs.add_parser("rerank", help="re-rank the top of a run by MaxSim")
    _add_query_flags(rerank)
    rerank.add_argument("--run", required=True, help="TREC run to re-rank")
    rerank.add_argument(
        "--rerank-hits",
        type=count,
        default=100,
        help="passages per query to re-rank (default: 100); the rest are dropped",
    )
    source = rerank.add_mutually_exclusive_group(required=True)
    source.add_argument("--index", help="folder written by late index, whose store has the token vectors")
    source.add_argument("--input", help="JSON lines collection, to compute the token vectors on the fly")
    rerank.add_argument("--document-encoder", default=DEFAULT_TEACHER, help="encoder of the passages, with --input")


def _add_query_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topics", required=True, help="queries: TSV, JSON, JSON lines or TREC topics")
    parser.add_argument(
        "--encoder",
        default="optical",
        help="a student (default: optical), or the index's own encoder for English queries",
    )
    parser.add_argument("--output", required=True, help="TREC run to write")
    parser.add_argument("--tag", default="optical-late", help="run tag (default: optical-late)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")
    _add_device(parser)


def _add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="cpu", help="torch device of the encoder (default: cpu)")


def run(options: argparse.Namespace) -> None:
    """Run the given verb."""
    {"index": run_index, "search": run_search, "rerank": run_rerank}[options.late_verb](options)


def run_index(options: argparse.Namespace) -> None:
    """Build the store, then the compressed index."""
    from tqdm import tqdm

    from pyserini_optical.late_interaction import TokenEncoder, build_store
    from pyserini_optical.late_interaction.reranking import read_passages
    from pyserini_optical.late_interaction.searcher import COMPRESSED, STORE
    from pyserini_optical.late_interaction.token_index import FEWEST_TOKENS

    passages = tqdm(read_passages(options.input), unit="passage", disable=None)
    encoder = TokenEncoder(options.encoder, options.device)
    sys.stderr.write(f"{options.index}: encoding the passages of {options.input} ...\n")
    store = build_store(passages, encoder, Path(options.index) / STORE, options.dtype, options.shard_size)
    tokens = int(store.offsets[-1])
    if tokens < FEWEST_TOKENS:
        sys.stderr.write(
            f"{options.index}: {tokens} tokens are too few to compress; searches will use the token store itself\n"
        )
    elif not options.no_compress:
        from pyserini_optical.late_interaction import build_token_index

        sys.stderr.write(f"{options.index}: compressing {tokens:,} tokens ...\n")
        build_token_index(store, Path(options.index) / COMPRESSED, options.bits, overwrite=options.overwrite)


def run_search(options: argparse.Namespace) -> None:
    """Search with every topic and write a run."""
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.late_interaction import load_query_tokens
    from pyserini_optical.late_interaction.searcher import LateIndex
    from pyserini_optical.runs import write_run
    from pyserini_optical.topics import read_topics

    refuse_overwrite(options.output, options.overwrite)
    topics = read_topics(options.topics)
    index = LateIndex(options.index)
    encode_queries = load_query_tokens(options.encoder, options.device, index.encoder)
    queries = encode_queries(list(topics.values()))
    found = {
        topic: index.search(query, options.hits, options.scoring, options.candidates, options.probes)
        for topic, query in zip(topics, queries, strict=True)
    }
    write_run(options.output, found, options.tag, options.overwrite)


def run_rerank(options: argparse.Namespace) -> None:
    """Re-rank a run and write another."""
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.late_interaction import TokenEncoder, TokenStore, load_query_tokens, rerank
    from pyserini_optical.late_interaction.reranking import PassageTokens, read_passages
    from pyserini_optical.late_interaction.searcher import STORE
    from pyserini_optical.runs import read_run, write_run
    from pyserini_optical.topics import read_topics

    refuse_overwrite(options.output, options.overwrite)
    topics = read_topics(options.topics)
    first_run = read_run(options.run, topics)
    source: TokenStore | PassageTokens
    if options.index:
        source = TokenStore(Path(options.index) / STORE)
    else:
        encoder = TokenEncoder(options.document_encoder, options.device)
        source = PassageTokens(dict(read_passages(options.input)), encoder)
    encode_queries = load_query_tokens(options.encoder, options.device, source.encoder)
    write_run(
        options.output,
        rerank(first_run, topics, source, encode_queries, options.rerank_hits),
        options.tag,
        options.overwrite,
    )
