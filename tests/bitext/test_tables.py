import csv

import pytest

from pyserini_optical.bitext import Faults, Pair, read_bitext
from pyserini_optical.errors import OpticalError
from tests.bitext.test_readers import texts, write

HEADER = "source\tid\teng\tswa\n"
BAD_TSV = HEADER.encode() + b"n\t1\tone\tmoja\nn\t2\ttwo\nn\t3\tthr\xffee\ttatu\nn\t4\tfour\tnne\n"
ROWS = [
    ["water", "maji"],
    ['clean "water"', 'maji "safi"'],
    ["one\nline, two", "mstari\nmmoja; miwili"],
    ["sun", "jua"],
]


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz", "a.TSV"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tsv_by_named_columns(tmp_path, name, end):
    text = HEADER + 'news\t1\t the  "water"\tmaji\u200b\n\nnews\t2\tcafe\u0301\tkahawa\n'
    pairs = list(read_bitext(write(tmp_path / name, text.replace("\n", end)), language="swa"))
    assert pairs == [Pair('the "water"', "maji", "news", 2), Pair("café", "kahawa", "news", 4)]


@pytest.mark.parametrize(
    "header",
    ["en\tsw", "ENG\tSWA", "English\tSwahili", "eng_Latn\tswh_Latn", "en-US\tsw-KE", '"eng"\t"swa"', "eng\tswa\t"],
)
def test_columns_in_any_spelling_of_the_languages(tmp_path, header):
    tail = "\t" if header.endswith("\t") else ""
    assert texts(write(tmp_path / "a.tsv", f"{header}\nwater\tmaji{tail}\n")) == [("water", "maji")]


def test_a_column_that_reads_just_so_goes_before_one_of_the_same_language(tmp_path):
    path = write(tmp_path / "a.tsv", "id\teng\tind\n17\twater\tair\n")  # id is Indonesian, too
    assert texts(path, "ind") == [("water", "air")]


def test_columns_by_other_names_and_by_number(tmp_path):
    path = write(tmp_path / "a.tsv", "\ufeffkiswahili cha kwanza\tjibu\nmaji\twater\n")
    assert texts(path, english="jibu", foreign="kiswahili cha kwanza") == [("water", "maji")]
    bare = write(tmp_path / "b.tsv", "water\tmaji\tCC-BY\nfire\tmoto\tCC-BY\n")  # no line of names
    assert texts(bare, english="1", foreign="2") == [("water", "maji"), ("fire", "moto")]
    with pytest.raises(OpticalError, match="has 3 columns, but 1 and 4 were requested"):
        texts(bare, english="1", foreign="4")
    with pytest.raises(OpticalError, match="are the same column"):
        texts(path, english="jibu", foreign="JIBU")


def test_a_column_source_is_text_where_it_is_named_as_text(tmp_path):
    path = write(tmp_path / "a.tsv", "source\ttarget\nwater\tmaji\n")
    assert list(read_bitext(path, "swa", english="source", foreign="target")) == [Pair("water", "maji", "a.tsv", 2)]


@pytest.mark.parametrize("header", ["source\tid\teng\tsom\n", "eng\tswa\tswa\n", "water\tmaji\n", "en\ten-GB\tswa\n"])
def test_tsv_without_the_column(tmp_path, header):
    with pytest.raises(OpticalError, match=r"a\.tsv:1: column '(swa|eng)' occurs [02] times.*--english 1 --foreign 2"):
        texts(write(tmp_path / "a.tsv", header))


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n"])
def test_an_empty_table(tmp_path, text):
    with pytest.raises(OpticalError, match="is empty"):
        texts(write(tmp_path / "a.tsv", text))


@pytest.mark.parametrize(
    "text",
    [
        "\neng\tswa\nwater\tmaji\n",
        "# made by hand\neng\tswa\nwater\tmaji\n",
        "eng\tswa\nwater\tmaji\t\n",
        'eng\tswa\n"water"\t"maji"\n',
        "eng\tswa\nwa\x00ter\tmaji\x7f\n",
        "eng\tswa\n&#119;ater\tmaji\n",
    ],
)
def test_tables_as_tools_write_them(tmp_path, text):
    assert texts(write(tmp_path / "a.tsv", text)) == [("water", "maji")]


def test_line_ends_that_only_unicode_knows_end_no_line(tmp_path):
    path = write(tmp_path / "a.tsv", "eng\tswa\nclean\u2028water\tmaji\x0bsafi\ng\x0cood\x85x\tnzuri\n")
    assert texts(path) == [("clean water", "maji safi"), ("g ood x", "nzuri")]


def test_what_tokenisers_escaped_is_read_as_what_it_was(tmp_path):
    path = write(tmp_path / "a.tsv", "eng\tswa\nR&amp;D &lt; well @-@ known &#124; AT&T &copy\tutafiti\n")
    assert texts(path) == [("R&D < well-known | AT&T &copy", "utafiti")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_wide_encodings_with_a_byte_order_mark(tmp_path, name, encoding):
    path = write(tmp_path / name, "eng\tmar\r\nwater\tपाणी\r\n", encoding)
    assert texts(path, "mar") == [("water", "पाणी")]


def test_wide_encodings_without_a_mark_are_refused(tmp_path):
    with pytest.raises(OpticalError, match="UTF-16 without a byte-order mark; convert it to UTF-8"):
        texts(write(tmp_path / "a.tsv", "eng\tmar\nwater\tपाणी\n", "utf-16-le"), "mar")


@pytest.mark.parametrize(("name", "dialect"), [("a.csv", "excel"), ("a.tsv", "excel-tab"), ("a.csv", "semicolon")])
def test_what_a_spreadsheet_writes_comes_back(tmp_path, name, dialect):
    with open(tmp_path / name, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=";") if dialect == "semicolon" else csv.writer(file, dialect=dialect)
        table.writerows([["en", "sw"], *ROWS])
    wanted = [tuple(side.replace("\n", " ") for side in row) for row in ROWS]
    assert texts(tmp_path / name) == wanted


def test_a_quote_that_is_never_closed_takes_its_own_line_alone(tmp_path):
    path = write(tmp_path / "a.tsv", 'eng\tswa\n"water\nfire\tmoto\n"Sun\tjua\n')
    faults = Faults("skip")
    assert texts(path, faults=faults) == [("fire", "moto"), ('"Sun', "jua")]
    assert faults.count == 1
    with pytest.raises(OpticalError, match=r"a\.csv:2: is not valid CSV"):
        texts(write(tmp_path / "a.csv", 'eng,swa\n"water,maji\nfire,moto\n'), faults=Faults("skip"))


def test_a_malformed_line_stops_and_is_named(tmp_path):
    with pytest.raises(OpticalError, match=r"a\.tsv:3: 3 columns where the first line has 4; .*--on-error skip"):
        texts(write(tmp_path / "a.tsv", BAD_TSV))


def test_malformed_lines_are_skipped_counted_and_logged(tmp_path, caplog):
    faults = Faults("skip")
    pairs = list(read_bitext(write(tmp_path / "a.tsv", BAD_TSV), language="swa", faults=faults))
    assert [(pair.english, pair.line) for pair in pairs] == [("one", 2), ("four", 5)]
    assert faults.count == 2
    assert "a.tsv:3: 3 columns" in caplog.text
    assert "a.tsv:4: is not valid UTF-8" in caplog.text
