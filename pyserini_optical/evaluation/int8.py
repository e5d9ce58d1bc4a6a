"""The cost of int8: cosines to float32 and MRR@10 on the shipped topics."""

from collections.abc import Iterator, Sequence

import numpy as np

from pyserini_optical.encoder.query import OpticalQueryEncoder
from pyserini_optical.evaluation.measures import evaluate, keep_order
from pyserini_optical.languages import ENGLISH
from pyserini_optical.plugin.dense_search import open_dense
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

MEASURE, DEPTH = "RR@10", 10


def compare_graphs(
    exact: OpticalQueryEncoder, rounded: OpticalQueryEncoder, languages: Sequence[str], dense_index: str
) -> Iterator[str]:
    """Compare two encoders on the topics of `lowres-clir`.

    Parameters
    ----------
    exact, rounded : OpticalQueryEncoder
        The encoder in float32 and in int8.
    languages : sequence of str
        ISO 639-3 codes; topics in other languages are left out.
    dense_index : str
        Faiss index of the collection's passages, made by Pyserini with the teacher.

    Yields
    ------
    str
        One line per topic set: median and 1st percentile of the cosines, and MRR@10 of both.

    Raises
    ------
    OpticalError
        See :func:`pyserini_optical.plugin.dense_search.open_dense`.
    """
    searcher = open_dense(dense_index, exact)
    root = shipped("eval/lowres-clir")
    for path in sorted((root / "topics").glob("*.tsv")):
        collection, language = path.name.split(".")[:2]
        if language not in languages or language == ENGLISH:
            continue
        topics = read_topics(path)
        vectors = [encoder.encode_batch(list(topics.values())) for encoder in (exact, rounded)]
        cosines = (vectors[0] * vectors[1]).sum(1) / np.prod([np.linalg.norm(v, axis=1) for v in vectors], axis=0)
        qrels = read_qrels(root / "qrels" / f"{collection}.txt")
        found = [searcher.batch_search(each, list(topics), DEPTH) for each in vectors]
        # Passages of equal vectors stay in the order of the index.
        runs = [keep_order({qid: [hit.docid for hit in hits] for qid, hits in each.items()}) for each in found]
        before, after = (evaluate(qrels, run, [MEASURE]).means[MEASURE] for run in runs)
        yield (
            f"{collection} {language}: cosine of int8 to float32 {np.median(cosines):.4f} "
            f"(1 in 100 below {np.quantile(cosines, 0.01):.4f}), "
            + (f"MRR@10 {before:.4f} -> {after:.4f} ({after / before - 1:+.1%})" if before else "MRR@10 0")
        )
