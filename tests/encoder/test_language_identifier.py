import numpy as np
import pytest

from pyserini_optical.encoder.language import LanguageRecogniser, hash_grams, train_recogniser
from pyserini_optical.errors import OpticalError

TEXTS = {
    "swa": ["mji mkuu wa kenya ni upi", "nani alikuwa daktari wa kwanza"],
    "deu": ["welches ist die hauptstadt von kenia", "wer war der erste arzt"],
    "mar": ["केनियाची राजधानी कोणती आहे"],
}


def test_likelihoods_are_distributions_and_tell_the_languages_apart():
    recogniser = train_recogniser(TEXTS)
    np.testing.assert_allclose(np.exp(recogniser.log_likelihoods).sum(axis=1), 1, rtol=1e-3)
    assert recogniser.recognise("mji wa kwanza") == "swa"
    assert recogniser.recognise("die erste stadt") == "deu"
    assert recogniser.recognise("राजधानी?") == "mar"


def test_punctuation_digits_and_case_count_for_nothing():
    assert hash_grams("Mji, 1999!", 1000).tolist() == hash_grams("mji", 1000).tolist()
    # 1: m j i; 2: _m mj ji i_; 3: _mj mji ji_; 4: _mji mji_
    assert len(hash_grams("mji", 1000)) == 3 + 4 + 3 + 2


def test_saved_and_narrowed(tmp_path):
    train_recogniser(TEXTS).save(tmp_path / "language.safetensors")
    narrow = LanguageRecogniser.load(tmp_path / "language.safetensors", ["swa", "deu"])
    assert narrow.recognise("राजधानी") in ("swa", "deu")
    assert narrow.recognise("mji mkuu") == "swa"
    assert narrow.recognise("12?") == "deu"  # no letters: the last one, which is English in a pack folder
    with pytest.raises(OpticalError, match="does not know fra"):
        LanguageRecogniser.load(tmp_path / "language.safetensors", ["swa", "fra"])
    (tmp_path / "language.safetensors").write_bytes(b"torn")
    with pytest.raises(OpticalError, match="cannot be read"):
        LanguageRecogniser.load(tmp_path / "language.safetensors")


def test_a_language_without_text_is_refused():
    with pytest.raises(OpticalError, match="som: no text"):
        train_recogniser({"swa": ["mji"], "som": []})
