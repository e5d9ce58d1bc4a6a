import shutil
from collections import Counter

import pytest

from pyserini_optical.commands import main
from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.english import english_terms
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.psq.vocabulary import cache_path, open_vocabulary, read_vocabulary
from tests.psq.conftest import DOCUMENTS

NOTHING = TranslationTable.from_rows("mar", {"पाणी": [("water", 0.9)]})


@pytest.fixture(scope="module")
def reader(plain):
    return plain.object.reader


def test_it_is_that_of_the_index(index_dir, reader, capfd):
    expected = Counter(term for text in DOCUMENTS.values() for term in set(english_terms(text)) if len(term) > 2)
    vocabulary = read_vocabulary(index_dir, reader, "contents")
    assert {vocabulary.term(place): vocabulary.frequencies[place] for place in range(len(vocabulary))} == expected
    assert vocabulary.documents == len(DOCUMENTS)
    assert capfd.readouterr().out == ""  # Anserini's extractor says what it does; commands print results


def test_it_is_read_once(index_dir, reader):
    open_vocabulary(index_dir, reader, "contents")
    assert len(open_vocabulary(index_dir, None, "contents")) > 10


def test_another_state_of_the_index_has_another_one(index_dir, tmp_path):
    other = tmp_path / "index"
    shutil.copytree(index_dir, other)
    assert cache_path(other) == cache_path(index_dir)
    segments = next(other.glob("segments_*"))
    segments.write_bytes(segments.read_bytes() + b"\0")
    assert cache_path(other) != cache_path(index_dir)
    with pytest.raises(OpticalError, match="is not a Lucene index"):
        cache_path(tmp_path)


def test_a_damaged_one_is_read_again(index_dir, reader):
    open_vocabulary(index_dir, reader, "contents")
    cache_path(index_dir).write_bytes(b"damaged")
    assert len(open_vocabulary(index_dir, reader, "contents")) > 10
    assert len(open_vocabulary(index_dir, None, "contents")) > 10


def test_a_cache_that_cannot_be_written_costs_time_alone(index_dir, reader, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(open_vocabulary(index_dir, reader, "contents")) > 10


def test_names_of_another_script_are_found(index_dir):
    with_names = StructuredQuerySearcher(index_dir, NOTHING)
    found = [hit.docid for hit in with_names.search("नैरोबी केनिया")]
    assert set(found[:2]) == {"d4", "d8"}
    (word, *_) = with_names.structure("नैरोबी")
    assert (word.how, word.terms, word.reading) == ("name", (("nairobi", 1.0),), "nairobi")
    assert StructuredQuerySearcher(index_dir, NOTHING, names=False).search("केनिया") == []


def test_the_verb_that_shows_translations_finds_names_in_an_index(index_dir, tmp_path, capsys):
    NOTHING.save(tmp_path)
    assert main(["lexicon", "show", str(tmp_path), "नैरोबी", "--lucene-index", index_dir]) == 0
    shown = capsys.readouterr().out
    assert "name" in shown
    assert "nairobi" in shown
