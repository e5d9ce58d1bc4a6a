import hashlib
import json

import pytest

from pyserini_optical.bitext import language_of, load_bitext
from pyserini_optical.errors import OpticalError
from tests.bitext.test_readers import write

PAIRS = [
    ("the water is in the lake", "maji yako ziwani"),
    ("what is the name of the river", "mto huo unaitwaje"),
    ("they have been to the city", "wamefika mjini"),
    ("it was not for all of us", "haikuwa kwa ajili yetu sote"),
]


def table(path, rows, header="eng\tswa"):
    return write(path, header + "\n" + "".join("\t".join(row) + "\n" for row in rows))


def test_everything_is_known_of_what_was_read(tmp_path):
    path = table(tmp_path / "swa.tsv", [*PAIRS, PAIRS[0], ("water", "")])
    bitext = load_bitext([path], "swa")
    assert [(pair.english, pair.foreign) for pair in bitext.pairs] == PAIRS
    assert bitext.provenance == {
        "bitext": [{"file": "swa.tsv", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}],
        "dropped": {"duplicate": 1, "empty side": 1},
        "malformed": 0,
        "fingerprint": bitext.fingerprint,
    }
    assert bitext.sources == {"swa.tsv": 4}


def test_the_fingerprint_is_that_of_the_pairs_wherever_they_stand(tmp_path):
    one = load_bitext([table(tmp_path / "swa.tsv", PAIRS)], "swa")
    (tmp_path / "other").mkdir()
    same = load_bitext([table(tmp_path / "other" / "swa.tsv", PAIRS, "EN\tsw")], "swa")
    assert one.fingerprint == same.fingerprint
    corrected = [*PAIRS[:3], (PAIRS[3][0], "haikuwa kwetu sote")]
    for rows in (corrected, PAIRS[::-1], PAIRS[:3]):
        assert load_bitext([table(tmp_path / "swa.tsv", rows)], "swa").fingerprint != one.fingerprint


@pytest.mark.parametrize("kind", ["tsv", "moses"])
def test_swapped_sides_are_refused_and_said(tmp_path, kind, caplog):
    if kind == "tsv":
        name = table(tmp_path / "swa.tsv", PAIRS, "swa\teng")
    else:
        for side, code in enumerate(("eng", "swa")):
            write(tmp_path / f"{code}.txt", "".join(f"{pair[side]}\n" for pair in PAIRS))
        name = f"{tmp_path}/swa.txt,{tmp_path}/eng.txt"
    with pytest.raises(OpticalError, match=r"the sides look swapped \(.*Swahili side and 0% of the English one\)"):
        load_bitext([name], "swa")
    assert load_bitext([name], "swa", strict=False).sides.swapped
    assert "the sides look swapped" in caplog.text


def test_sides_in_order_are_not_doubted(tmp_path, caplog):
    sides = load_bitext([table(tmp_path / "swa.tsv", PAIRS)], "swa", strict=False).sides
    assert sides.english > 0.5
    assert (sides.foreign, sides.script, sides.swapped) == (0.0, "Latn", False)
    assert not caplog.records


@pytest.mark.parametrize(("count", "said"), [(1, "1 sentence pair"), (99, "99 sentence pairs"), (100, "")])
def test_too_few_pairs_to_learn_from_are_said(tmp_path, caplog, count, said):
    path = table(tmp_path / "swa.tsv", [(f"water number {each}", f"maji namba {each}") for each in range(count)])
    load_bitext([path], "swa", strict=False)
    assert not caplog.records
    load_bitext([path], "swa")
    expected = [f"{path}: {said} of swa, too few to learn from; collect some thousands"] if said else []
    assert [record.message for record in caplog.records] == expected


def test_a_side_that_was_never_translated_is_said(tmp_path, caplog):
    load_bitext([table(tmp_path / "swa.tsv", [(one, f"{one} too") for one, _ in PAIRS])], "swa")
    assert "the Swahili side reads like English" in caplog.text


def test_another_script_is_said_and_can_be_kept(tmp_path, caplog):
    path = table(tmp_path / "mar.tsv", [(one, "pani ahe tithe") for one, _ in PAIRS], "eng\tmar")
    with pytest.raises(OpticalError, match=r"no usable mar .*'wrong script': 4.*--no-check-script"):
        load_bitext([path], "mar")
    assert "most Marathi sentences are in the script Latn, not Deva" in caplog.text
    assert len(load_bitext([path], "mar", check_script=False).pairs) == 4


@pytest.mark.parametrize(
    "names",
    [
        [f"private sentence {number} of someone" for number in range(40)],
        [f"s{number}" for number in range(40)],
        [json.dumps({"id": number}) + " of a collection of ours" for number in range(2)] * 20,
    ],
)
def test_what_is_no_name_of_a_source_is_not_handed_on(tmp_path, names, caplog):
    rows = [(name, f"{PAIRS[0][0]} {number}", f"{PAIRS[0][1]} {number}") for number, name in enumerate(names)]
    bitext = load_bitext([table(tmp_path / "swa.tsv", rows, "source\teng\tswa")], "swa")
    assert bitext.sources == {"swa.tsv": 40}
    assert "not valid source names" in caplog.text


def test_names_of_sources_are_kept(tmp_path):
    rows = [(f"tico{number % 3}", f"{PAIRS[0][0]} {number}", f"{PAIRS[0][1]} {number}") for number in range(40)]
    assert load_bitext([table(tmp_path / "swa.tsv", rows, "source\teng\tswa")], "swa").sources == {
        "tico0": 14,
        "tico1": 13,
        "tico2": 13,
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("swa.tsv.gz", "swa"),
        ("sw.tmx", "swa"),
        ("en-sw.tmx", "swa"),
        ("tico19.eng-swa.tsv", "swa"),
        ("QED.en-pt_br.jsonl", "por"),
        ("npi.tsv.gz", "npi"),
        ("ne-en.tsv", "nep"),
        ("data/corpus.en,data/corpus.sw", "swa"),
        ("eng.txt,swa.txt", "swa"),
        ("train.en.gz,train.km.gz", "khm"),
        ("hf:Helsinki-NLP/opus-100:en-mr", "mar"),
    ],
)
def test_a_name_says_the_language(name, code):
    assert language_of(name) == code


@pytest.mark.parametrize("name", ["corpus.tsv", "train.txt", "hf:owner/pairs", "new-york.tsv", "en-en.tsv"])
def test_a_name_that_does_not_say_the_language(name):
    with pytest.raises(OpticalError, match="--language"):
        language_of(name)


def memory(path, *languages):
    variants = "".join(f'<tuv xml:lang="{language}"><seg>a</seg></tuv>' for language in languages)
    return write(path, f'<tmx version="1.4"><body><tu>{variants}</tu></body></tmx>')


@pytest.mark.parametrize("name", ["memory.tmx", "swa.tmx", "all.tmx", "en-US.tmx"])  # `all` is a code, of Allar
def test_a_translation_memory_says_its_one_language(tmp_path, name):
    assert language_of(memory(tmp_path / name, "en-US", "en-GB", "SW_KE")) == "swa"


def test_a_translation_memory_of_several_languages_is_asked_for_one(tmp_path):
    assert language_of(memory(tmp_path / "fr.tmx", "en", "fr", "es")) == "fra"
    with pytest.raises(OpticalError, match="it holds fra, spa; pass it with --language, such as fra"):
        language_of(memory(tmp_path / "all.tmx", "en", "fr", "es"))


@pytest.mark.parametrize("name", ["eng.tsv", "en.csv", "swa.txt,eng.txt"])
def test_a_name_that_says_english(name):
    with pytest.raises(OpticalError, match="is named for English"):
        language_of(name)
