"""A small English collection, indexed by words and by meaning, and questions about it in other languages."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from pyserini_optical.plugin.java import prepare_java

PASSAGES = {
    "nairobi": "Nairobi\nNairobi is the capital and largest city of Kenya. The city lies on the Nairobi River.",
    "kenya": "Kenya\nKenya is a country in Eastern Africa. Its capital and largest city is Nairobi.",
    "victoria": "Lake Victoria\nLake Victoria is one of the African Great Lakes and the largest lake in Africa.",
    "nile": "Nile\nThe Nile is a long river that flows north through Egypt, and its water feeds the fields.",
    "teacher": "Teachers\nA teacher helps students to acquire knowledge at a school.",
    "malaria": "Malaria\nMalaria is a disease that mosquitoes carry. A doctor treats it with medicine.",
    "bread": "Bread\nBread is baked from flour and water. Bakers begin their work at night.",
    "rain": "Rain\nRain falls from clouds. In the mountains it turns to snow in cold winters.",
    "gandhi": "Gandhi\nMahatma Gandhi led India to independence by nonviolent means.",
    "einstein": "Einstein\nAlbert Einstein was a physicist who developed the theory of relativity. \U0001d53c = mc².",
    "elections/2022": "Elections\nA president is chosen by the people in an election.",
    "plain": "a passage without a title, about a train that runs on rails",
}
TOPICS = {
    "1": "mji mkuu wa Kenya ni upi?",
    "2": "ziwa kubwa zaidi barani Afrika ni lipi?",
    "3": "ugonjwa wa malaria unaenezwa na nini?",
    "4": "magaalada caasimadda ah ee Kenya",
    "5": "who developed the theory of relativity?",
}


@pytest.fixture(scope="session")
def asked(tmp_path_factory) -> SimpleNamespace:
    """Paths of the indexes, the collection and the topics, as strings."""
    home = tmp_path_factory.mktemp("asked")
    _index_words(home / "lucene")
    _index_meaning(home / "dense")
    (home / "collection").mkdir()
    lines = [json.dumps({"id": docid, "contents": text}) + "\n" for docid, text in PASSAGES.items()]
    (home / "collection" / "part.jsonl").write_text("".join(lines), encoding="utf-8")
    (home / "topics.tsv").write_text("".join(f"{qid}\t{text}\n" for qid, text in TOPICS.items()), encoding="utf-8")
    names = ("lucene", "dense", "collection", "topics.tsv")
    return SimpleNamespace(**{name.split(".")[0]: str(home / name) for name in names})


def _index_words(folder: Path) -> None:
    prepare_java()
    from pyserini.index.lucene import LuceneIndexer

    words = ["-index", str(folder), "-generator", "DefaultLuceneDocumentGenerator", "-storeRaw"]
    indexer = LuceneIndexer(args=words)
    for docid, text in PASSAGES.items():
        indexer.add_doc_dict({"id": docid, "contents": text})
    indexer.close()


def _index_meaning(folder: Path) -> None:
    import faiss

    from pyserini_optical.encoder import OpticalDocumentEncoder

    vectors = OpticalDocumentEncoder("optical").encode([text.replace("\n", " ") for text in PASSAGES.values()])
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    folder.mkdir()
    faiss.write_index(index, str(folder / "index"))
    (folder / "docid").write_text("".join(f"{docid}\n" for docid in PASSAGES), encoding="utf-8")
