import numpy as np
import pytest

from pyserini_optical.distillation.language_identifier import train_language_identifier
from pyserini_optical.encoder.language_identifier import LANGUAGE_IDENTIFIER, LanguageIdentifier, hash_grams
from pyserini_optical.encoder.student import find_student
from pyserini_optical.errors import OpticalError

TEXTS = {
    "swa": ["mji mkuu wa kenya ni upi", "nani alikuwa daktari wa kwanza"],
    "deu": ["welches ist die hauptstadt von kenia", "wer war der erste arzt"],
    "mar": ["केनियाची राजधानी कोणती आहे"],
}


def test_likelihoods_are_distributions_and_tell_the_languages_apart():
    identifier = train_language_identifier(TEXTS)
    np.testing.assert_allclose(np.exp(identifier.log_likelihoods).sum(axis=1), 1, rtol=1e-3)
    assert identifier.identify("mji wa kwanza") == "swa"
    assert identifier.identify("die erste stadt") == "deu"
    assert identifier.identify("राजधानी?") == "mar"


def test_punctuation_digits_and_case_count_for_nothing():
    assert hash_grams("Mji, 1999!", 1000).tolist() == hash_grams("mji", 1000).tolist()
    # 1: m j i; 2: _m mj ji i_; 3: _mj mji ji_; 4: _mji mji_
    assert len(hash_grams("mji", 1000)) == 3 + 4 + 3 + 2


def test_saved_and_narrowed(tmp_path):
    train_language_identifier(TEXTS).save(tmp_path / "language.safetensors")
    narrow = LanguageIdentifier.load(tmp_path / "language.safetensors", ["swa", "deu"])
    assert narrow.identify("राजधानी") in ("swa", "deu")
    assert narrow.identify("mji mkuu") == "swa"
    assert narrow.identify("12?") == "deu"  # no letters: the last one, which is English in a pack folder
    with pytest.raises(OpticalError, match="has not learned fra"):
        LanguageIdentifier.load(tmp_path / "language.safetensors", ["swa", "fra"])
    (tmp_path / "language.safetensors").write_bytes(b"torn")
    with pytest.raises(OpticalError, match="cannot be read"):
        LanguageIdentifier.load(tmp_path / "language.safetensors")


def test_a_script_and_a_language_that_nobody_taught_are_said():
    swahili = [f"mji mkuu wa kenya ni nairobi na mto mkubwa ni tana {number * 'la '}" for number in range(60)]
    english = [
        f"the capital of kenya is nairobi and its largest river is the tana {number * 'of '}" for number in range(60)
    ]
    identifier = train_language_identifier({"swa": swahili, "eng": english})
    assert identifier.judge("mji mkuu wa kenya ni nairobi na mto mkubwa ni tana la") == ("swa", None)
    assert identifier.judge("राजधानी")[1] == "is in the Devanagari script"
    assert identifier.judge("wybrzeże zostało zbadane przez francuskich żeglarzy")[1] == "reads like no known language"
    assert identifier.judge("żeglarzy")[1] is None  # too short to tell


def test_a_text_is_in_a_language_of_its_script():
    identifier = train_language_identifier(TEXTS)
    assert identifier.scripts == ["Latn", "Latn", "Deva"]
    assert identifier.judge("ज़्ॐ")[0] == "mar"  # no gram of it was seen


def test_the_shipped_student_says_a_script_that_it_was_not_taught():
    student = find_student("optical")
    identifier = LanguageIdentifier.load(student.folder / LANGUAGE_IDENTIFIER, student.languages)
    assert identifier.judge("mji mkuu wa Kenya ni upi") == ("swa", None)
    assert identifier.judge("თბილისი")[1] == "is in the Georgian script"
