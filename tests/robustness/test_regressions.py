"""Inputs that brought a reader down once, and odd corners of Unicode: read rightly, or refused in one line."""

import gzip
import json
import unicodedata

import pytest

from pyserini_optical.bitext import Faults, Rules, clean, read_bitext
from pyserini_optical.encoder.checkpoint import read_checkpoint
from pyserini_optical.encoder.dense_index import read_origin
from pyserini_optical.encoder.weights import list_tensors
from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.matrix import read_matrix
from pyserini_optical.fusion.tune import TunedWeights
from pyserini_optical.late_interaction.store import read_manifest
from pyserini_optical.late_interaction.token_index import TokenIndex
from pyserini_optical.lexicon import TranslationTable
from pyserini_optical.lexicon.words import foreign_words
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import read_run, write_run
from pyserini_optical.topics import read_topics, write_topics
from tests.fuzz.targets import TARGETS, try_bytes

COMPOSED, DECOMPOSED = "café", unicodedata.normalize("NFD", "café")
ODD = {
    "right to left": "القاهرة عاصمة مصر",
    "zero-width joiner": "क्‍ष",
    "zero-width space": "maji\u200bmoto",
    "marks of direction": "\u200fمصر\u200e",
    "emoji of many parts": "👩‍👩‍👧‍👦 maji",
    "beyond the first plane": "𐐷𠮷",
    "combining marks alone": "\u0301\u0302",
    "a line end of Unicode": "maji\u2028moto\u0085moto",
    "a zero byte": "maji\0moto",
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\t\t\t\t\t\n",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        b"a" * (1 << 20),
        b"\xed\xa0\x80\tx\n",
        b"\x1f\x8b",
        gzip.compress(b""),
        b"1e999",
        b"&a [*a]",
        b"? [a]\n: b",
        b"- !!python/object:os.x",
        b"a: 2020-13-40",
        b"bitext: {swa: null}",
        b"bitext: {swa: 3}",
        b"bitext: {swa: [3]}",
        b"bitext: {'../up': a}",
        gzip.compress(b"\xff" * 9)[:-8] + b"\0\0\0\0\0\0\0\7",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\7\x10\0\0\n",
    ],
    ids=lambda content: repr(content[:20]),
)
def test_nonsense_is_refused_in_one_line(name, content, tmp_path):
    try_bytes(name, content, tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_begins_with_is_read(name, tmp_path):
    read, file, (seed,) = TARGETS[name]
    if name != "packed":  # that one is damaged on purpose
        (tmp_path / file).write_bytes(seed)
        read(tmp_path / file)
    try_bytes(name, seed, tmp_path)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_comes_through_topics_and_runs(text, tmp_path):
    (tmp_path / "topics").write_text(f"q1\t{text}\n", encoding="utf-8", newline="\n")
    topics = read_topics(tmp_path / "topics")
    assert list(topics) == ["q1"]
    assert topics["q1"] == text
    write_topics(tmp_path / "again", topics)
    assert read_topics(tmp_path / "again")["q1"] == " ".join(text.split())
    document = "".join(text.split())
    write_run(tmp_path / "run", {"q1": {document: 2.0, "d": 1.0}}, "tag")
    assert read_run(tmp_path / "run") == {"q1": {document: 2.0, "d": 1.0}}


def test_both_forms_of_an_accent_are_one_word(tmp_path):
    assert COMPOSED != DECOMPOSED
    assert foreign_words(COMPOSED) == foreign_words(DECOMPOSED) == [COMPOSED]
    (tmp_path / "fra.tsv").write_text(f"eng\tfra\ncoffee\t{COMPOSED}\ncoffee\t{DECOMPOSED}\n", encoding="utf-8")
    rules = Rules("fra")
    assert [pair.foreign for pair in clean(read_bitext(tmp_path / "fra.tsv", "fra"), rules)] == [COMPOSED]
    assert rules.dropped["duplicate"] == 1


def test_what_shows_nothing_is_dropped_and_joiners_stay(tmp_path):
    (tmp_path / "mar.tsv").write_text("eng\tmar\na\t\u200fमा\u00adझा\u200b क्‍ष\n", encoding="utf-8")
    (pair,) = read_bitext(tmp_path / "mar.tsv", "mar")
    assert pair.foreign == "माझा क्‍ष"


def test_half_a_surrogate_pair_costs_one_line(tmp_path):
    lines = [
        '{"eng": "a", "swa": "\\ud83d"}',
        '{"eng": "water", "swa": "maji"}',
        '{"eng": "x", "swa": "\\ud83d\\ude00"}',
    ]
    (tmp_path / "swa.jsonl").write_text("\n".join(lines))
    faults = Faults("skip")
    assert [pair.foreign for pair in read_bitext(tmp_path / "swa.jsonl", "swa", faults=faults)] == ["maji", "😀"]
    assert faults.count == 1


def test_a_line_of_a_megabyte_is_read(tmp_path):
    long = "maji " * 210_000
    (tmp_path / "topics").write_text(f"q1\t{long}\nq2\tmoto\n")
    assert read_topics(tmp_path / "topics")["q1"] == long.strip()
    (tmp_path / "swa.tsv").write_text(f"eng\tswa\nwater\t{long}\nwater\tmaji\n")
    rules = Rules("swa")
    assert [pair.foreign for pair in clean(read_bitext(tmp_path / "swa.tsv", "swa"), rules)] == ["maji"]
    assert rules.dropped["too long"] == 1
    document = "d" * (1 << 20)
    write_run(tmp_path / "run", {"q1": {document: 1.0}}, "tag")
    assert read_run(tmp_path / "run") == {"q1": {document: 1.0}}
    (tmp_path / "qrels").write_text(f"q1 0 {document} 1\n")
    assert read_qrels(tmp_path / "qrels") == {"q1": {document: 1}}


@pytest.mark.parametrize(
    "change",
    [
        {"languages": []},
        {"languages": {"swa": 3}},
        {"languages": {"../../elsewhere": {}}},
        {"sha256": {"../../../etc/hostname": "0"}},
        {"sha256": 3},
        {"teacher": "name"},
        {"dimension": True},
        {"dimension": 1e999},
        {"pooling": []},
        {"query_prefix": 3},
    ],
    ids=str,
)
def test_an_optical_json_of_wrong_types_is_refused(tmp_path, change):
    sound = {"format": "pyserini-optical/1", "kind": "packs", "teacher": {"name": "x"}, "dimension": 3}
    (tmp_path / "optical.json").write_text(json.dumps(sound | change))
    with pytest.raises(OpticalError, match=r"optical\.json: .*; fetch the student again"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("text", ["- a", "3", "collection: c\nmeasures: 3", "steps: []", "a: !!python/name:os.system"])
def test_a_matrix_of_wrong_types_is_refused(tmp_path, text):
    (tmp_path / "matrix.yaml").write_text(text)
    with pytest.raises(OpticalError, match=r"matrix\.yaml: "):
        read_matrix(tmp_path / "matrix.yaml")


def test_a_table_whose_description_lies_is_refused(tmp_path):
    TranslationTable.from_rows("swa", {"maji": [("water", 0.9)]}).save(tmp_path)
    with gzip.open(tmp_path / "table.tsv.gz", "ab") as file:
        file.write(b"moto\tfire:900\n")
    with pytest.raises(OpticalError, match="SHA-256 differs"):
        TranslationTable.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("optical.json", read_checkpoint),
        ("optical-index.json", read_origin),
        ("model.safetensors.index.json", lambda folder: list_tensors(folder / "model.safetensors.index.json")),
        ("weights.json", lambda folder: TunedWeights.load(folder / "weights.json")),
        ("store.json", read_manifest),
        ("late.json", TokenIndex),
    ],
)
def test_readers_of_objects_refuse_a_list(tmp_path, name, read):
    (tmp_path / name).write_text("[]")
    with pytest.raises(OpticalError, match=f"{name}: is a list, but a JSON object is expected"):
        read(tmp_path)
