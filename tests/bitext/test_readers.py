import gzip
import json
import sys

import pytest

from pyserini_optical.bitext import Faults, Pair, Source, read_bitext, read_sources
from pyserini_optical.errors import MissingExtra, OpticalError

HEADER = "source\tid\teng\tswa\n"


def write(path, text, encoding="utf-8"):
    data = text.encode(encoding, "surrogatepass") if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tsv_by_named_columns(tmp_path, name, end):
    text = HEADER + 'news\t1\t the  "water"\tmaji\u200b\n\nnews\t2\tcafe\u0301\tkahawa\n'
    pairs = list(read_bitext(write(tmp_path / name, text.replace("\n", end)), language="swa"))
    assert pairs == [Pair('the "water"', "maji", "news", 2), Pair("café", "kahawa", "news", 4)]


def test_tsv_columns_by_other_names(tmp_path):
    path = write(tmp_path / "a.tsv", "\ufeffkiswahili\tenglish\nmaji\twater\n")
    pairs = list(read_bitext(path, language="swa", english="english", foreign="kiswahili"))
    assert pairs == [Pair("water", "maji", "a.tsv", 2)]


@pytest.mark.parametrize("header", ["source\tid\teng\tsom\n", "eng\tswa\tswa\n", ""])
def test_tsv_without_the_column(tmp_path, header):
    with pytest.raises(OpticalError, match=r"a\.tsv:1: column '(swa|eng)' is named [02] times"):
        list(read_bitext(write(tmp_path / "a.tsv", header), language="swa"))


BAD_TSV = HEADER.encode() + b"n\t1\tone\tmoja\nn\t2\ttwo\nn\t3\tthr\xffee\ttatu\nn\t4\tfour\tnne\n"


def test_a_malformed_line_stops_and_is_named(tmp_path):
    with pytest.raises(OpticalError, match=r"a\.tsv:3: 3 columns where the first line names 4; .*--on-error skip"):
        list(read_bitext(write(tmp_path / "a.tsv", BAD_TSV), language="swa"))


def test_malformed_lines_are_skipped_counted_and_logged(tmp_path, caplog):
    faults = Faults("skip")
    pairs = list(read_bitext(write(tmp_path / "a.tsv", BAD_TSV), language="swa", faults=faults))
    assert [(pair.english, pair.line) for pair in pairs] == [("one", 2), ("four", 5)]
    assert faults.count == 2
    assert "a.tsv:3: 3 columns" in caplog.text
    assert "a.tsv:4: is not UTF-8" in caplog.text


def test_logging_is_bounded(caplog):
    faults = Faults("skip")
    for number in range(100):
        faults.add(f"a:{number}", "is odd")
    assert faults.count == 100
    assert len(caplog.records) == 21


def test_on_error_is_checked():
    with pytest.raises(OpticalError, match="'ignore'"):
        Faults("ignore")


def test_moses(tmp_path):
    english = write(tmp_path / "c.en", "water\nfire\n")
    foreign = write(tmp_path / "c.sw.gz", "maji\nmoto\n")
    pairs = list(read_bitext(f"{english},{foreign}", language="swa"))
    assert [(pair.english, pair.foreign, pair.line) for pair in pairs] == [("water", "maji", 1), ("fire", "moto", 2)]


def test_moses_keeps_step_over_a_bad_line(tmp_path):
    english = write(tmp_path / "c.en", b"water\nf\xffre\nsun\n")
    foreign = write(tmp_path / "c.sw", "maji\nmoto\njua\n")
    pairs = read_bitext(f"{english},{foreign}", language="swa", faults=Faults("skip"))
    assert [pair.foreign for pair in pairs] == ["maji", "jua"]


def test_moses_of_unequal_length(tmp_path):
    english = write(tmp_path / "c.en", "water\nfire\n")
    foreign = write(tmp_path / "c.sw", "maji\n")
    with pytest.raises(OpticalError, match=r"c\.sw: ends at line 1 and .*c\.en goes on"):
        list(read_bitext(f"{english},{foreign}", language="swa", faults=Faults("skip")))


def test_jsonl_flat_and_nested(tmp_path):
    rows = [{"eng": "water", "swa": "maji", "source": "x"}, {"translation": {"eng": "fire", "swa": "moto"}}]
    path = write(tmp_path / "a.jsonl.gz", "\n".join(map(json.dumps, rows)) + "\n\n")
    assert [(p.english, p.source) for p in read_bitext(path, language="swa")] == [
        ("water", "x"),
        ("fire", "a.jsonl.gz"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"eng": "water"', "a.jsonl:1: Expecting"),
        ('["water", "maji"]', "a.jsonl:1: is not a JSON object"),
        ('{"eng": "water"}', "a.jsonl:1: has no text under 'swa'"),
        ('{"eng": 3, "swa": "tatu"}', "a.jsonl:1: has no text under 'eng'"),
        ('{"eng": "\\ud800", "swa": "maji"}', r"a.jsonl:1: half a surrogate pair \(U\+D800\)"),
        ("[" * 100_000, "a.jsonl:1: "),
    ],
)
def test_jsonl_malformed(tmp_path, line, message):
    path = write(tmp_path / "a.jsonl", line + '\n{"eng": "fire", "swa": "moto"}\n')
    with pytest.raises(OpticalError, match=message):
        list(read_bitext(path, language="swa"))
    assert [pair.line for pair in read_bitext(path, language="swa", faults=Faults("skip"))] == [2]


TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en-US"><seg>clean <hi>water</hi> &amp; air</seg></tuv>
<tuv xml:lang="sw"><seg>maji safi</seg></tuv><tuv xml:lang="fr"><seg>eau</seg></tuv></tu>
<tu><tuv xml:lang="EN"><seg>fire</seg></tuv><tuv xml:lang="fr"><seg>feu</seg></tuv></tu>
</body></tmx>"""


@pytest.mark.parametrize("chunk", [7, 1 << 16])
def test_tmx(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr("pyserini_optical.bitext.tmx.CHUNK", chunk)
    path = write(tmp_path / "a.tmx.gz", TMX)
    faults = Faults("skip")
    pairs = list(read_bitext(path, language="swa", faults=faults))
    assert pairs == [Pair("clean water & air", "maji safi", "a.tmx.gz", 5)]
    assert faults.count == 1
    with pytest.raises(OpticalError, match=r"a\.tmx\.gz:6: the unit's languages are eng, fra; eng and swa are needed"):
        list(read_bitext(path, language="swa"))


def test_tmx_refuses_entities(tmp_path):
    bomb = '<!DOCTYPE tmx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><tmx><body>&b;</body></tmx>'
    with pytest.raises(OpticalError, match=r"a\.tmx:1: declares an XML entity"):
        list(read_bitext(write(tmp_path / "a.tmx", bomb), language="swa"))


def test_tmx_cut_short(tmp_path):
    with pytest.raises(OpticalError, match=r"a\.tmx:5: the XML is broken"):
        list(read_bitext(write(tmp_path / "a.tmx", TMX[:250]), language="swa"))


def test_a_truncated_gzip_file_is_named(tmp_path):
    whole = gzip.compress((HEADER + "n\t1\twater\tmaji\n" * 2000).encode())
    (tmp_path / "a.tsv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OpticalError, match=r"a\.tsv\.gz: is cut short"):
        list(read_bitext(tmp_path / "a.tsv.gz", language="swa"))


def test_unknown_kinds_and_missing_files(tmp_path):
    with pytest.raises(OpticalError, match="unknown kind of bitext"):
        read_bitext(tmp_path / "a.pdf", language="swa")
    with pytest.raises(OpticalError, match="no such file"):
        list(read_bitext(tmp_path / "a.tsv", language="swa"))
    with pytest.raises(OpticalError, match="3 files"):
        read_bitext("a,b,c", language="swa")


def test_a_dataset_is_streamed(tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = [{"translation": {"en": "water", "sw": "maji"}}, {"translation": {"en": "fire", "sw": None}}]
    datasets.Dataset.from_list(rows).to_json(str(tmp_path / "train.jsonl"))
    faults = Faults("skip")
    pairs = list(read_bitext(f"hf:{tmp_path}", language="swa", foreign="sw", faults=faults))
    assert [(pair.english, pair.foreign, pair.line) for pair in pairs] == [("water", "maji", 1)]
    assert faults.count == 1


def test_a_dataset_needs_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match="datasets is not installed"):
        list(read_bitext("hf:some/thing", language="swa"))


def test_sources_are_capped_and_weighted(tmp_path):
    rows = "".join(f"n\t{number}\tword {number}\tneno {number}\n" for number in range(2000))
    big, small = write(tmp_path / "big.tsv", HEADER + rows), write(tmp_path / "small.tsv", HEADER + rows)
    sources = [Source(str(big), weight=0.25), Source(str(small), weight=2, cap=3)]
    pairs = list(read_sources(sources, "swa"))
    assert pairs == list(read_sources(sources, "swa"))
    assert [pair.english for pair in pairs[-6:]] == ["word 0", "word 0", "word 1", "word 1", "word 2", "word 2"]
    assert 400 < len(pairs) - 6 < 600


def test_a_source_must_weigh_something():
    with pytest.raises(OpticalError, match="weight 0"):
        Source("a.tsv", weight=0)
