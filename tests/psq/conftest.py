"""One small index for all tests of the area: Java starts once."""

import pytest

from pyserini_optical.plugin.java import prepare_java

DOCUMENTS = {
    "d1": "the river house stands by the water, and the water is cold",
    "d2": "a house of wood",
    "d3": "water water everywhere, and rain on the mountains",
    "d4": "the capital city of Kenya is Nairobi",
    "d5": "rain in the city, rain in the village, snow in the mountains",
    "d6": "wooden houses in the villages of Kenya",
    "d7": "cold winters bring snow and ice to the city",
    "d8": "Nairobi water company",
    "d9": "trains run on rails",
    "d10": "bread is baked at night",
}


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory):
    prepare_java()
    from pyserini.index.lucene import LuceneIndexer

    path = str(tmp_path_factory.mktemp("lucene") / "index")
    stored = ["-storeRaw", "-storeDocvectors"]
    indexer = LuceneIndexer(args=["-index", path, "-generator", "DefaultLuceneDocumentGenerator", *stored])
    for document, text in DOCUMENTS.items():
        indexer.add_doc_dict({"id": document, "contents": text})
    indexer.close()
    return path


@pytest.fixture(scope="session")
def plain(index_dir):
    from pyserini.search.lucene import LuceneSearcher

    return LuceneSearcher(index_dir)
