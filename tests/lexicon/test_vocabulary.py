import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.skeleton import pack_letters, reduce_romanised
from pyserini_optical.lexicon.vocabulary import Vocabulary

TERMS = {"obama": 40, "obamma": 2, "mumbai": 9, "ab": 5, "brasília": 3, "covid19": 7, "x" * 21: 1, "U.": 2}


@pytest.fixture
def vocabulary():
    return Vocabulary.from_terms(list(TERMS), list(TERMS.values()), 100)


def test_it_holds_what_may_be_a_name(vocabulary):
    assert [vocabulary.term(place) for place in range(len(vocabulary))] == ["mumbai", "obama", "obamma"]
    assert "obama" in vocabulary
    assert "obam" not in vocabulary
    assert "ab" not in vocabulary
    assert 7 not in vocabulary


def test_terms_of_one_skeleton_come_most_frequent_first(vocabulary):
    skeleton = int(reduce_romanised(pack_letters(["obama"]))[0])
    assert [vocabulary.term(place) for place in vocabulary.look_up(skeleton, 10)] == ["obama", "obamma"]
    assert len(vocabulary.look_up(skeleton, 1)) == 1
    assert len(vocabulary.look_up(99, 10)) == 0


def test_it_comes_back_as_it_was_saved(vocabulary, tmp_path):
    vocabulary.save(tmp_path / "v.safetensors")
    loaded = Vocabulary.load(tmp_path / "v.safetensors")
    assert loaded.documents == 100
    for name in ("spelt", "frequencies", "skeletons", "owners"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(vocabulary, name))


def test_an_empty_one_is_saved_too(tmp_path):
    Vocabulary.from_terms([], [], 0).save(tmp_path / "v.safetensors")
    loaded = Vocabulary.load(tmp_path / "v.safetensors")
    assert len(loaded) == 0
    assert "obama" not in loaded
    assert len(loaded.look_up(64, 5)) == 0


def test_another_file_is_refused(tmp_path):
    (tmp_path / "v.safetensors").write_bytes(b"\0" * 20)
    with pytest.raises(OpticalError, match="is not a vocabulary"):
        Vocabulary.load(tmp_path / "v.safetensors")
    with pytest.raises(OpticalError, match="is not a vocabulary"):
        Vocabulary.load(tmp_path / "missing.safetensors")
