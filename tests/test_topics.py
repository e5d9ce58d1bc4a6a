import gzip

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.topics import read_topics, write_topics


def test_round_trip(tmp_path):
    topics = {"007": "nani alikuwa", "7": "wie ist  das\n"}
    write_topics(tmp_path / "t.tsv.gz", topics)
    assert read_topics(tmp_path / "t.tsv.gz") == {"007": "nani alikuwa", "7": "wie ist das"}


def test_crlf_and_blank_lines(tmp_path):
    (tmp_path / "t.tsv").write_bytes(b"1\tone\r\n\r\n2\ttwo")
    assert read_topics(tmp_path / "t.tsv") == {"1": "one", "2": "two"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta\n2 b\n", "t.tsv:2: 1 columns"),
        ("1\ta\tb\n", "t.tsv:1: 3 columns"),
        ("1\ta\n2\t \n", "t.tsv:2: query 2 is empty"),
        ("1\ta\n1\tb\n", "t.tsv:2: query 1 occurs above"),
        ("\ta\n", "t.tsv:1: identifier '' is empty"),
        ("1 2\ta\n", "t.tsv:1: identifier '1 2'"),
        ("", "t.tsv: contains no topics"),
    ],
)
def test_fault_names_file_and_line(tmp_path, text, message):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(OpticalError, match=message):
        read_topics(tmp_path / "t.tsv")


@pytest.mark.parametrize("header", ["query_id\tquery", "id\ttext", "QID\tQuery", "query-id\tquery"])
def test_what_reads_like_a_header_is_kept_and_said(tmp_path, caplog, header):
    (tmp_path / "t.tsv").write_text(f"{header}\n1\tmaji\n")
    topics = read_topics(tmp_path / "t.tsv")
    assert list(topics) == [header.split("\t")[0], "1"]
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 't.tsv'}:1: looks like a header but is searched as a query ({header.split(chr(9))[1]}); "
        "if it is one, drop the line"
    ]


@pytest.mark.parametrize("text", ["1\tquery\n", "id\thow to query a text\n", "1\tmaji\nid\ttext\n"])
def test_a_query_that_only_looks_a_little_like_a_header_is_no_header(tmp_path, caplog, text):
    (tmp_path / "t.tsv").write_text(text)
    read_topics(tmp_path / "t.tsv")
    assert not caplog.records


TOPICS = {"001": "maji safi", "q-2": "daktari wa watoto"}
TREC = """
<top>
<num> Number: 001
<title> maji safi

<desc> Description:
Maji safi ni yapi?
</top>

<top>
<num> q-2 </num>
<title>
daktari
wa watoto
</title>
<narr> Narrative:
</top>
"""
FORMATS = {
    "plain.tsv": "001\tmaji safi\nq-2\tdaktari wa watoto\n",
    "bom.tsv": "\ufeff001\tmaji safi\nq-2\tdaktari wa watoto\n",
    "blank.tsv": "\n001\tmaji safi\n\n\nq-2\tdaktari wa watoto\n\n",
    "windows.txt": "001\tmaji safi\r\nq-2\tdaktari wa watoto\r\n",
    "mapping.json": '{"001": {"title": "maji safi"}, "q-2": {"title": "daktari wa watoto", "narrative": ""}}',
    "bom.json": '\ufeff{"001": {"title": "maji safi"}, "q-2": {"title": "daktari\\twa\\nwatoto"}}',
    "plain.json": '{"001": "maji safi", "q-2": "daktari wa watoto"}',
    "list.json": '[{"id": "001", "text": "maji safi"}, {"id": "q-2", "text": "daktari wa watoto"}]',
    "id.jsonl": '{"id": "001", "title": "maji safi"}\n{"id": "q-2", "title": "daktari wa watoto"}\n',
    "qid.jsonl": '{"qid": "001", "query": "maji safi"}\n\n{"qid": "q-2", "query": "daktari wa watoto"}\n',
    "beir.jsonl": '{"_id": "001", "text": "maji safi", "metadata": {}}\n{"_id": "q-2", "text": "daktari wa watoto"}\n',
    "lines.json": '{"query_id": "001", "query": "maji safi"}\n{"query_id": "q-2", "query": "daktari wa watoto"}\n',
    "topics.trec": TREC,
    "topics.301.txt": TREC,
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_of_pyserini_is_read_and_identifiers_stay(tmp_path, name, packed):
    content = FORMATS[name].encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    assert read_topics(tmp_path / name) == TOPICS
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    assert read_topics(tmp_path / f"{name}.gz") == TOPICS


@pytest.mark.parametrize(
    ("name", "text", "topics"),
    [
        ("zeros.tsv", "1\ta\n01\tb\n001\tc\n+1\td\n", {"1": "a", "01": "b", "001": "c", "+1": "d"}),
        ("numbers.jsonl", '{"id": 7, "title": "a"}\n', {"7": "a"}),
        ("one.jsonl", '{"qid": "1", "query": "a"}', {"1": "a"}),
        ("keys.json", '{"id": {"title": "a"}, "text": {"title": "b"}}', {"id": "a", "text": "b"}),
        ("brace.tsv", "{1}\t{a}\n", {"{1}": "{a}"}),
        ("old.trec", "<top>\n<num> Number: 051\n<title> Topic: Airbus\n<desc> x\n</top>\n", {"051": "Airbus"}),
        ("less.trec", "<top>\n<num> 7\n<title> p < 0.05 of\nAT&T\n<desc> x\n</top>\n", {"7": "p < 0.05 of AT&T"}),
        ("separators.tsv", "1\ta\u2028b\x0bc\x85d\n", {"1": "a\u2028b\x0bc\x85d"}),
    ],
)
def test_identifiers_and_queries_are_kept_to_the_letter(tmp_path, name, text, topics):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_topics(tmp_path / name) == topics


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.json", '{"1": {"title": "a"}, "1": {"title": "b"}}', "key '1' occurs twice"),
        ("t.json", '{"1 2": {"title": "a"}}', "identifier '1 2' is empty or contains white space"),
        ("t.json", '{"1": {"description": "a"}}', "query 1 has no text"),
        ("t.json", '{"1": {"title": " "}}', "query 1 is empty"),
        ("t.json", '{"1": 3}', "query 1 has no text"),
        ("t.json", '{"1": {"title": "a"}', "t.json:1: is not JSON"),
        ("t.json", "[" * 100_000, "is nested too deeply|is not JSON"),
        ("t.json", "{}", "contains no topics"),
        ("t.json", '["a", "b"]', "t.json, topic 1: is a text, but a JSON object is expected, with "),
        ("t.jsonl", '{"id": "1", "title": "a"}\n{"id": "2", "text": "b"}\n', "t.jsonl:2: a topic without title"),
        ("t.jsonl", '{"id": "1", "title": "a"}\n{"id": "2", "title": ""}\n', "t.jsonl:2: query 2 is empty"),
        ("t.jsonl", '{"id": "1", "title": "a"}\n{"id": "1", "title": "b"}\n', "t.jsonl:2: query 1 occurs above"),
        ("t.jsonl", '{"id": "1", "title": "a"}\n{"id": "2", "title": "b"\n', "t.jsonl:2: is not JSON"),
        ("t.jsonl", '{"id": "1", "title": "a"}\n{"title": "b"}\n', "t.jsonl:2: a topic without id or qid"),
        ("t.jsonl", '{"id": "1", "title": "a"}\n{"id": 2.5, "title": "b"}\n', "id 2.5 is neither text nor a whole"),
        ("t.trec", "<top>\n<num> 301\n<title> \n<desc> daktari\n</top>\n", "t.trec:1: query 301 is empty"),
        ("t.trec", "<top>\n<num> 301\n<desc> x\n</top>\n", "t.trec:1: a <top> without <title>"),
        ("t.trec", "\n<top>\n<title> a\n</top>\n", "t.trec:2: a <top> without <num>"),
        ("t.trec", "<top>\n<num> 301\n<title> a\n", "contains no topics"),
        ("t.tsv", '{"id": "1", "title": "a"}\n', "t.tsv:1: 1 columns"),
    ],
)
def test_a_fault_in_any_format_is_named(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(OpticalError, match=message):
        read_topics(tmp_path / name)


@pytest.mark.parametrize("topics", [{"1 2": "a"}, {"": "a"}, {" 1": "a"}, {"1": " "}])
def test_what_could_not_be_read_back_is_not_written(tmp_path, topics):
    with pytest.raises(OpticalError, match="is empty"):
        write_topics(tmp_path / "t.tsv", topics)
    assert not (tmp_path / "t.tsv").exists()
