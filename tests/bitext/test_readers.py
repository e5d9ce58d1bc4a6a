import bz2
import gzip
import json
import lzma
import os
import sys

import pytest

from pyserini_optical.bitext import Faults, Pair, language_of, read_bitext
from pyserini_optical.errors import MissingExtra, OpticalError


def write(path, text, encoding="utf-8"):
    data = text.encode(encoding, "surrogatepass") if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def texts(path, language="swa", **options):
    return [(pair.english, pair.foreign) for pair in read_bitext(path, language, **options)]


def test_moses(tmp_path):
    english = write(tmp_path / "c.en", "water\nfire\n")
    foreign = write(tmp_path / "c.sw.gz", "maji\nmoto\n")
    pairs = list(read_bitext(f"{english},{foreign}", language="swa"))
    assert [(pair.english, pair.foreign, pair.line) for pair in pairs] == [("water", "maji", 1), ("fire", "moto", 2)]


def test_moses_keeps_step_over_a_bad_line(tmp_path):
    english = write(tmp_path / "c.en", b"water\nf\xffre\nsun\n")
    foreign = write(tmp_path / "c.sw", "maji\nmoto\njua\n")
    assert texts(f"{english},{foreign}", faults=Faults("skip")) == [("water", "maji"), ("sun", "jua")]


@pytest.mark.parametrize(
    ("english", "foreign"),
    [
        ("water\nfire", "maji\nmoto\n"),  # no line end at the end
        ("water\nfire\n\n\n", "maji\nmoto\n"),  # empty lines at the end of one
        ("water\r\nfire\r\n", "\ufeffmaji\nmoto\n"),
        ("\ufeffwater\r\nfire", "maji\u2028\nmoto\x0c\n"),  # what other tools take for line ends
    ],
)
def test_moses_however_lines_end(tmp_path, english, foreign):
    files = write(tmp_path / "c.en", english), write(tmp_path / "c.sw", foreign)
    assert texts("{},{}".format(*files)) == [("water", "maji"), ("fire", "moto")]


@pytest.mark.parametrize("english", ["water\nfire\n", "water\n\nfire\n"])
def test_moses_of_unequal_length(tmp_path, english):
    one = write(tmp_path / "c.en", english)
    other = write(tmp_path / "c.sw", "maji\n")
    with pytest.raises(OpticalError, match=r"c\.sw: ends at line 1, but .*c\.en continues"):
        texts(f"{one},{other}", faults=Faults("skip"))


def test_jsonl_flat_and_nested(tmp_path):
    rows = [{"eng": "water", "swa": "maji", "source": "x"}, {"translation": {"eng": "fire", "swa": "moto"}}]
    path = write(tmp_path / "a.jsonl.gz", "\n".join(map(json.dumps, rows)) + "\n\n")
    assert [(p.english, p.source) for p in read_bitext(path, language="swa")] == [
        ("water", "x"),
        ("fire", "a.jsonl.gz"),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"translation": {"en": "water", "sw": "maji"}},
        {"translation": {"eng_Latn": "water", "swh_Latn": "maji"}},  # as NLLB and FLORES-200 name them
        {"translation": {"en": "water", "swa": "maji", "fr": "eau"}},
        {"EN": "water", "Swahili": "maji"},
        {"en-GB": "water", "sw-KE": "maji", "id": 7},
        {"translation": {"language": ["en", "sw"], "translation": ["water", "maji"]}},  # TranslationVariableLanguages
        {"eng": "water", "swa": "maji", "source": None},
        {"eng": "water", "swa": "maji", "source": {"name": "a"}},
        {"eng": "water", "swa": ["maji"]},
        {"eng": "water", "swa": "maji", "number": 10**5000},
    ],
)
def test_rows_in_any_spelling_of_the_languages(tmp_path, row):
    number = row.pop("number", None)
    line = json.dumps(row) if number is None else json.dumps(row)[:-1] + ', "number": 1' + "0" * 5000 + "}"
    path = write(tmp_path / "a.jsonl", "\ufeff" + line + "\n")
    assert list(read_bitext(path, "swa")) == [Pair("water", "maji", "a.jsonl", 1)]


def test_several_variants_of_a_row_are_kept(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"translation": {"en": "good", "sw": ["nzuri", "njema"]}}\n')
    assert texts(path) == [("good", "nzuri"), ("good", "njema")]


def test_text_columns_called_source_and_target_are_text(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"source": "water", "target": "maji"}\n')
    (pair,) = read_bitext(path, "swa", english="source", foreign="target")
    assert pair == Pair("water", "maji", "a.jsonl", 1)
    with pytest.raises(OpticalError, match=r"under 'eng'; its keys are source, target; .*--english and --foreign"):
        texts(path)


def test_a_key_called_translation_may_hold_text(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "water", "translation": "maji"}\n')
    assert texts(path, english="text", foreign="translation") == [("water", "maji")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"eng": "water"', "a.jsonl:1: is not JSON on one line"),
        ("{", "a.jsonl:1: is not JSON on one line"),  # pretty-printed
        ('["water", "maji"]', "a.jsonl:1: is a list, but a JSON object with two texts is expected"),
        ('{"eng": "water"}', "a.jsonl:1: has no text under 'swa'"),
        ('{"eng": 3, "swa": "tatu"}', "a.jsonl:1: has no text under 'eng'"),
        ('{"eng": "three", "swa": ["tatu", 3]}', "a.jsonl:1: has no text under 'swa'"),
        ('{"eng": "three", "swa": []}', "a.jsonl:1: has no text under 'swa'"),
        ('{"translation": {"language": ["en"], "translation": ["a", "b"]}}', "a.jsonl:1: zip"),
        ('{"eng": "\\ud800", "swa": "maji"}', r"a.jsonl:1: half a surrogate pair \(U\+D800\)"),
        ("[" * 100_000, "a.jsonl:1: "),
    ],
)
def test_jsonl_malformed(tmp_path, line, message):
    path = write(tmp_path / "a.jsonl", line + '\n{"eng": "fire", "swa": "moto"}\n')
    with pytest.raises(OpticalError, match=message):
        texts(path)
    assert [pair.line for pair in read_bitext(path, language="swa", faults=Faults("skip"))] == [2]


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_packed_bitext(tmp_path, suffix, pack):
    unit = '<tu><tuv xml:lang="en"><seg>water</seg></tuv><tuv xml:lang="sw"><seg>maji</seg></tuv></tu>'
    for name, text in (
        ("swa.tsv", "eng\tswa\nwater\tmaji\n"),
        ("swa.csv", "eng,swa\nwater,maji\n"),
        ("swa.jsonl", '{"en": "water", "sw": "maji"}\n'),
        ("en-sw.tmx", f"<tmx><body>{unit}</body></tmx>"),
    ):
        path = tmp_path / f"{name}.{suffix}"
        path.write_bytes(pack(text.encode()))
        assert texts(path) == [("water", "maji")]
        assert language_of(path) == "swa"


def test_a_truncated_gzip_file_is_named(tmp_path):
    whole = gzip.compress(("eng\tswa\n" + "water\tmaji\n" * 2000).encode())
    (tmp_path / "a.tsv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OpticalError, match=r"a\.tsv\.gz: is truncated"):
        texts(tmp_path / "a.tsv.gz")


def test_unknown_kinds_and_missing_files(tmp_path):
    with pytest.raises(OpticalError, match="unknown bitext format"):
        read_bitext(tmp_path / "a.pdf", language="swa")
    with pytest.raises(OpticalError, match="no such file"):
        texts(tmp_path / "a.tsv")
    with pytest.raises(OpticalError, match="3 files"):
        read_bitext("a,b,c", language="swa")
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(OpticalError, match="is a folder"):
        texts(tmp_path / "folder.tsv")


def test_a_pipe_is_refused_before_it_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "swa.tsv")
    with pytest.raises(OpticalError, match="is a pipe or a device"):
        read_bitext(tmp_path / "swa.tsv", "swa")


def test_a_dataset_is_streamed(tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = [{"translation": {"en": "water", "sw": "maji"}}, {"translation": {"en": "fire", "sw": None}}]
    datasets.Dataset.from_list(rows).to_json(str(tmp_path / "train.jsonl"))
    faults = Faults("skip")
    pairs = list(read_bitext(f"hf:{tmp_path}", language="swa", faults=faults))
    assert [(pair.english, pair.foreign, pair.line) for pair in pairs] == [("water", "maji", 1)]
    assert faults.count == 1
    with pytest.raises(OpticalError, match="could not be opened"):
        list(read_bitext(f"hf:{tmp_path}/nothing", language="swa"))


def test_a_dataset_needs_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match="datasets is not installed"):
        list(read_bitext("hf:some/thing", language="swa"))


def test_logging_is_bounded(caplog):
    faults = Faults("skip")
    for number in range(100):
        faults.add(f"a:{number}", "is odd")
    assert faults.count == 100
    assert len(caplog.records) == 21


def test_on_error_is_checked():
    with pytest.raises(OpticalError, match="'ignore'"):
        Faults("ignore")
