"""Structured queries over an index that Pyserini made with the analyzer of the documents' language."""

from itertools import islice

import pytest

from pyserini_optical.bitext import read_bitext
from pyserini_optical.commands import main
from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon import LearnOptions, learn_table
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.psq.language_analyzer import bind_analyzer, open_analyzer
from pyserini_optical.shipped import shipped

PASSAGES = {
    "horses": "les chevaux courent",
    "horse": "un cheval court",
    "capital": "la capitale des Philippines est Manille",
}


@pytest.fixture(scope="module")
def pairs():
    return list(islice(read_bitext(str(shipped("encoders/bitext/fra.tsv.gz")), "fra"), 300))


@pytest.fixture(scope="module")
def indexes(pairs, tmp_path_factory, index_dir):
    from pyserini.index.lucene import LuceneIndexer

    home = tmp_path_factory.mktemp("french")
    texts = PASSAGES | {str(number): pair.foreign for number, pair in enumerate(pairs)}
    for name, arguments in {"fr": ["-language", "fr"], "default": []}.items():
        made = LuceneIndexer(
            args=["-index", str(home / name), "-generator", "DefaultLuceneDocumentGenerator", *arguments]
        )
        for document, text in texts.items():
            made.add_doc_dict({"id": document, "contents": text})
        made.close()
    return home


@pytest.fixture(scope="module")
def tables(pairs, index_dir):
    options = LearnOptions(iterations=3, stem_length=0)
    return {
        "fr": learn_table(pairs, "fra", options, "fra", open_analyzer("fra")),
        "default": learn_table(pairs, "fra", options, "fra"),
    }


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("fra", "fr.FrenchAnalyzer"),
        ("sw", "core.WhitespaceAnalyzer"),
        ("ar", "ar.ArabicAnalyzer"),
        ("th", "th.ThaiAnalyzer"),
    ],
)
def test_terms_are_those_of_lucene(language, name, index_dir):
    from pyserini.pyclass import autoclass

    utils, lucene = autoclass("io.anserini.analysis.AnalyzerUtils"), autoclass(f"org.apache.lucene.analysis.{name}")()
    for text in ["L'eau, les chevaux,, et Maji!", "كتب الأولاد", "ฉันรักประเทศไทย", "", ", ,"]:
        assert open_analyzer(language).analyze(text) == [str(term) for term in utils.analyze(lucene, text).toArray()]


def test_words_go_through_the_analyzer_of_the_index(indexes):
    details = {"document_language": "fra", "english_analyzer": "lucene-language-fr"}
    table = TranslationTable.from_rows("eng", {"horses": [("cheval", 1.0)]}, **details)
    searcher = StructuredQuerySearcher(str(indexes / "fr"), table, names=False)
    assert {hit.docid for hit in searcher.search("horses")} == {"horses", "horse"}
    assert [hit.docid for hit in searcher.search("Philippines")] == ["capital"]
    assert table.analyze("Philippines") != searcher.table.analyze("Philippines")


@pytest.mark.parametrize("name", ["fr", "default"])
def test_an_index_shows_its_analyzer(name, indexes, tables):
    StructuredQuerySearcher(str(indexes / name), tables[name], names=False)
    (other,) = tables.keys() - {name}
    reason = "it lacks the function words" if other == "default" else "it contains de, la, et"
    with pytest.raises(OpticalError, match=f"not built with the table's analyzer .*{reason}.*--analyzer"):
        StructuredQuerySearcher(str(indexes / name), tables[other], names=False)


def test_the_verb_remembers_the_analyzer(pairs, tmp_path, index_dir):
    lines = (f"{pair.english}\t{pair.foreign}\n" for pair in pairs)
    (tmp_path / "fra.tsv").write_text("eng\tfra\n" + "".join(lines))
    words = ["lexicon", "--bitext", str(tmp_path / "fra.tsv"), "--output", str(tmp_path / "table"), "--analyzer", "fr"]
    assert main(words) == 2  # not without --documents
    assert main([*words, "--documents", "fra"]) == 0
    table = TranslationTable.load(tmp_path / "table")
    assert table.english_analyzer == "lucene-language-fr"
    assert bind_analyzer(table).analyze("les chevaux") == ["cheval"]
    assert main([*words[:-1], "mar", "--documents", "fra", "--overwrite"]) == 2


def test_an_analyzer_that_is_none_of_pyserini():
    with pytest.raises(OpticalError, match="analyzer 'icu', which Pyserini does not have"):
        bind_analyzer(TranslationTable.from_rows("eng", {}, english_analyzer="icu"))
