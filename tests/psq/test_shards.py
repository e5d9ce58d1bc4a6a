"""A collection in two shards is searched as if it were one index: scores, ties and all."""

import faiss
import numpy as np
import pytest

from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.plugin.dense_search import DenseSearcher
from pyserini_optical.psq.lucene_query import LuceneQueryBuilder
from pyserini_optical.psq.opening import FIELD, open_anserini
from pyserini_optical.psq.structured import structure_query
from pyserini_optical.psq.top_documents import TopDocuments
from pyserini_optical.runs import rank, to_scores

TABLE = TranslationTable.from_rows("swa", {"maji": [("water", 0.75), ("rain", 0.125)], "mji": [("citi", 1.0)]})
TEXTS = [f"water {'rain ' * (n % 4)}{'city ' * (n % 3)}word{n % 2}" for n in range(40)]  # many of them alike


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    from pyserini.index.lucene import LuceneIndexer

    folders = []
    for name, numbers in (("all", range(40)), ("first", range(17)), ("second", range(17, 40))):
        folders.append(str(tmp_path_factory.mktemp(name)))
        indexer = LuceneIndexer(folders[-1])
        for number in numbers:
            indexer.add_doc_dict({"id": f"d{number * 7 % 40}", "contents": TEXTS[number]})
        indexer.close()
    return folders


@pytest.mark.parametrize("query", ["maji", "mji maji maji", "word1 mji"])
@pytest.mark.parametrize("k", [1, 9, 100])
def test_two_lucene_shards_read_together(folders, query, k):
    from jnius import cast
    from pyserini.pyclass import autoclass

    whole, first, second = map(open_anserini, folders)
    # One reader over both has the document frequencies and lengths of the whole collection.
    reader = autoclass("org.apache.lucene.index.MultiReader")(first.reader, second.reader)
    found = []
    for read in (whole.reader, cast("org.apache.lucene.index.IndexReader", reader)):
        built = LuceneQueryBuilder(read, FIELD).build(structure_query(query, TABLE))
        found.append(TopDocuments(read).search(built, k))
    assert found[0] == found[1]
    assert list(found[0]) == list(found[1])


@pytest.mark.parametrize("k", [1, 7, 60])
def test_two_faiss_shards_searched_apart_and_merged(tmp_path, k):
    drawn = np.random.default_rng(0).integers(-2, 3, (60, 3)).astype(np.float32)  # many products are equal
    query = np.array([[1, 2, 3]], np.float32)
    runs = []
    for name, rows in (("all", range(60)), ("first", range(25)), ("second", range(25, 60))):
        (tmp_path / name).mkdir()
        index = faiss.IndexFlatIP(3)
        index.add(drawn[rows.start : rows.stop])
        faiss.write_index(index, str(tmp_path / name / "index"))
        (tmp_path / name / "docid").write_text("".join(f"d{row:02}\n" for row in rows))
        # The shards give more than is wanted, so that no document that ties with the last one is missed.
        found = DenseSearcher(str(tmp_path / name), None).batch_search(query, ["1"], 60)
        runs.append(to_scores(found["1"]))
    whole, first, second = runs
    assert rank(first | second, k) == rank(whole, k)
    assert list(rank(first | second, k)) == list(rank(whole, k))
