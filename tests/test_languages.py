import subprocess
import sys

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import Language, find_language, language_code, script_of


@pytest.mark.parametrize(
    ("spellings", "code"),
    [
        ("swa sw swh SWA swa_Latn sw-KE Swahili swahili", "swa"),
        ("tgl tl fil Filipino Tagalog tgl_Latn", "tgl"),
        ("nep ne npi npi_Deva Nepali", "nep"),
        ("fra fr fre fr-CA French", "fra"),
        ("zho zh cmn zh-Hant zh_CN", "zho"),
        ("fas fa pes pes_Arab Persian Farsi", "fas"),
        ("quy quy_Latn", "quy"),
    ],
)
def test_every_spelling_leads_to_one_code(spellings, code):
    assert {find_language(spelling).code for spelling in spellings.split()} == {code}


@pytest.mark.parametrize(
    "text", ["", " ", "swahilli", "xxx", "zz", "germanic", "und", "<s>", "sw;rm", "x-foo", "a" * 300]
)
def test_what_is_no_language_is_refused_in_one_line(text):
    with pytest.raises(OpticalError, match="is not known; give its ISO 639 code") as error:
        find_language(text)
    assert "\n" not in str(error.value)
    assert language_code(text) == text.strip().lower()


# Names, scripts and directions by hand, from ethnologue and ISO 15924.
@pytest.mark.parametrize(
    ("code", "short", "name", "script", "right_to_left", "analyzer"),
    [
        ("som", "so", "Somali", "Latn", False, None),
        ("tgl", "tl", "Tagalog", "Latn", False, None),
        ("mar", "mr", "Marathi", "Deva", False, None),
        ("urd", "ur", "Urdu", "Arab", True, None),
        ("heb", "he", "Hebrew", "Hebr", True, None),
        ("div", "dv", "Divehi", "Thaa", True, None),
        ("khm", "km", "Khmer", "Khmr", False, None),
        ("jpn", "ja", "Japanese", "Jpan", False, "ja"),
        ("nob", "nb", "Norwegian Bokmål", "Latn", False, "no"),
        ("ceb", None, "Cebuano", "Latn", False, None),
    ],
)
def test_what_is_known_of_a_language(code, short, name, script, right_to_left, analyzer):
    language = Language(code)
    assert (language.short, language.name, language.script) == (short, name, script)
    assert (language.right_to_left, language.analyzer) == (right_to_left, analyzer)


def test_a_language_may_have_several_scripts():
    assert Language("srp").scripts == {"Cyrl", "Latn"}
    assert Language("jpn").scripts == {"Hira", "Kana", "Hani"}
    assert Language("swa").scripts == {"Latn"}
    assert [Language(member).script for member in ("cmn", "arb", "pes", "npi")] == ["Hans", "Arab", "Arab", "Deva"]


def test_a_code_for_private_use_is_taken_and_says_nothing():
    language = find_language("qaa")
    assert (language.code, language.short, language.name, language.script) == ("qaa", None, "qaa", None)
    assert language.scripts == frozenset()
    assert not language.right_to_left


def test_script_of_a_text():
    assert script_of("ok") == "Latn"
    assert script_of("é 42") == "Latn"
    assert script_of("पाणी") == "Deva"
    assert script_of("ʻāina") == "Latn"
    assert script_of("日本") == "Hani"
    assert script_of("42 !") is None


def test_the_module_loads_no_table_before_it_is_asked():
    program = "import sys, pyserini_optical.languages; sys.exit(bool({'langcodes', 'fontTools'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
