import ir_datasets
import pytest
from ir_datasets.datasets import beir, miracl, wikiclir
from ir_datasets.formats import GenericDoc, extracted_cc

from pyserini_optical.collections.fields import DOCUMENT_FIELDS, contents_of, document_fields, query_text
from pyserini_optical.collections.handlers import Passage
from pyserini_optical.errors import OpticalError

FAMILIES = ("beir", "clirmatrix", "hc4", "miracl", "mmarco", "mr-tydi", "neuclir", "wikiclir")

RECORDS = [
    ("wikiclir/sw", wikiclir.WikiClirDoc("1", "Kisumu", "Kisumu ni mji"), "Kisumu\nKisumu ni mji"),
    ("mmarco/de", GenericDoc("1", "Der Text\tmit Tab"), "Der Text mit Tab"),
    ("clirmatrix/en", GenericDoc("1", "Title then words"), "Title then words"),
    (
        "neuclir/1/fa",
        extracted_cc.ExctractedCCDoc("1", "A title", "one\n\ntwo", "http://u", "2020", "f.gz"),
        "A title\none two",
    ),
    ("hc4/zh", extracted_cc.ExctractedCCDoc("1", "标题", "正文\n二", "http://u", "2020", "f.gz"), "标题\n正文 二"),
    ("miracl/sw", miracl.MiraclDoc("1#0", "Kisumu", "ni mji"), "Kisumu\nni mji"),
    ("mr-tydi/sw", GenericDoc("1#0", "Kisumu\n\nni mji\nwa tatu"), "Kisumu\nni mji wa tatu"),
    ("beir/msmarco", GenericDoc("1", "text"), "text"),
    ("beir/scifact", beir.BeirTitleDoc("1", "text", "title"), "title\ntext"),
    ("beir/hotpotqa", beir.BeirTitleUrlDoc("1", "text", "title", "u"), "title\ntext"),
    ("beir/scidocs", beir.BeirSciDoc("1", "text", "title", ["a"], 2000, [], []), "title\ntext"),
    ("beir/trec-covid", beir.BeirCordDoc("1", "text", "title", "u", "p"), "title\ntext"),
    ("beir/webis-touche2020", beir.BeirToucheDoc("1", "text", "title", "PRO", "u"), "title\ntext"),
    ("beir/cqadupstack/android", beir.BeirCqaDoc("1", "text", "title", ["tag"]), "title\ntext"),
    ("lowres-clir/flores/som", Passage("1", "", "text"), "\ntext"),
]


@pytest.mark.parametrize(("dataset_id", "record", "contents"), RECORDS, ids=[name for name, _, _ in RECORDS])
def test_contents_of_every_type(dataset_id, record, contents):
    assert contents_of(dataset_id, type(record))(record) == contents


def test_every_row_of_the_table_is_tried():
    assert {(name.split("/")[0], type(record).__name__) for name, record, _ in RECORDS} == set(DOCUMENT_FIELDS)


def test_every_dataset_of_the_families_is_in_the_table():
    kinds = {
        (name.split("/")[0], ir_datasets.load(name).docs_cls().__name__)
        for name in list(ir_datasets.registry)
        if name.split("/")[0] in FAMILIES and ir_datasets.load(name).has_docs()
    }
    assert {family for family, _ in kinds} >= set(FAMILIES) - {"clirmatrix"}  # clirmatrix makes its ids on demand
    assert kinds <= set(DOCUMENT_FIELDS)


def test_other_types_go_by_their_field_names():
    titled = ir_datasets.load("cranfield").docs_cls()
    assert document_fields("cranfield", titled) == ("title", "text")


def test_type_without_body_gives_its_default_text():
    class Argument(tuple):
        _fields = ("doc_id", "premises")

        def default_text(self):
            return "because\nof this"

    assert contents_of("argsme", Argument)(Argument()) == "because of this"


def test_missing_text_and_lone_surrogates():
    take = contents_of("wikiclir/sw", wikiclir.WikiClirDoc)
    assert take(wikiclir.WikiClirDoc("1", None, "a \ud800 b")) == "\na ? b"


def test_query_fields():
    query = wikiclir.WikiClirQuery("1", "Kisumu", "Kisumu is a town.")
    assert query_text(type(query), None)(query) == "Kisumu"
    assert query_text(type(query), "first_sent")(query) == "Kisumu is a town."
    with pytest.raises(OpticalError, match="no field 'narrative'; they have: title, first_sent"):
        query_text(type(query), "narrative")
