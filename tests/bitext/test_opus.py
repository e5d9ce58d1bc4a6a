"""Bitext from OPUS, fetched from a stub of it on the loopback with a catalogue of its own."""

import io
import json
import re
import sqlite3
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pyserini_optical.bitext import load_bitext
from pyserini_optical.bitext.opus import Corpus, fetch_corpora, find_corpora, read_licence
from pyserini_optical.commands import main
from pyserini_optical.errors import MissingExtra, OpticalError

pytest.importorskip("opustools")

COLUMNS = "id, source, target, corpus, preprocessing, version, url, size, documents, alignment_pairs, latest"
LICENCE = "Creative Commons\n  Attribution 3.0\n"


class Opus(BaseHTTPRequestHandler):
    """Sends files, and parts of files where `server.sends_parts`."""

    def log_message(self, *_words):
        pass

    def do_GET(self):
        content = self.server.files.get(self.path)
        self.server.asked.append((self.path, self.headers.get("Range")))
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
        if content is None:
            self.send_error(404)
            return
        sent = content
        if part and self.server.sends_parts:
            sent = content[int(part[1]) : int(part[2]) + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {part[1]}-{part[2]}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)


def archive(name, pairs, licence=LICENCE):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for side, code in enumerate(("en", "sw")):
            file.writestr(f"{name}.en-sw.{code}", "".join(f"{pair[side]}\n" for pair in pairs))
        if licence:
            file.writestr("LICENSE", licence)
    return packed.getvalue()


@pytest.fixture
def opus(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Opus)
    server.asked, server.sends_parts = [], True
    news = [(f"the news of day {number}", f"habari za siku {number}") for number in range(100)]
    server.files = {"/news.zip": archive("News", news), "/talks.zip": archive("Talks", [("thanks", "asante")], None)}
    server.place = f"http://127.0.0.1:{server.server_port}"
    server.catalogue = tmp_path / "catalogue.db"
    with sqlite3.connect(server.catalogue) as table:
        table.execute(f"CREATE TABLE opusfile ({COLUMNS}, source_tokens, target_tokens)")
        rows = [
            (1, "en", "sw", "News", "moses", "v2", f"{server.place}/news.zip", 9, "", 100, "True", 1, 1),
            (2, "en", "sw", "News", "moses", "v1", f"{server.place}/old.zip", 9, "", 90, "False", 1, 1),
            (3, "en", "sw", "Talks", "moses", "v1", f"{server.place}/talks.zip", 1, "", "", "True", 1, 1),
            (4, "am", "en", "News", "moses", "v2", f"{server.place}/am.zip", 9, "", 70, "True", 1, 1),
            (5, "en", "sw", "News", "tmx", "v2", f"{server.place}/news.tmx.gz", 9, "", 100, "True", 1, 1),
        ]
        table.executemany(f"INSERT INTO opusfile VALUES ({', '.join('?' * 13)})", rows)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_corpora_are_found_without_a_network(opus):
    found = find_corpora("swa", opus.catalogue)
    assert [(corpus.name, corpus.version, corpus.pairs, corpus.bytes) for corpus in found] == [
        ("News", "v2", 100, 9000),
        ("Talks", "v1", None, 1000),
    ]
    assert [corpus.pairs for corpus in find_corpora("amh", opus.catalogue)] == [
        70
    ]  # OPUS orders the two by their codes
    assert not opus.asked
    with pytest.raises(OpticalError, match=r"Yoruba \(yor\): OPUS has no pairs with English"):
        find_corpora("yor", opus.catalogue)


def test_the_licence_is_read_before_anything_is_fetched(opus):
    news, talks = find_corpora("swa", opus.catalogue)
    assert read_licence(news) == "Creative Commons Attribution 3.0"
    assert all(part for _, part in opus.asked)
    assert read_licence(talks).startswith("not stated; see https://opus.nlpl.eu/Talks")
    opus.sends_parts = False
    assert read_licence(news).startswith("not known before download")
    opus.files.clear()
    assert read_licence(news).startswith("not known before download")


def test_fetched_capped_mixed_and_cited(opus, tmp_path):
    output = tmp_path / "swa.tsv.gz"
    assert fetch_corpora(find_corpora("swa", opus.catalogue), "swa", output, cap=10) == 11
    bitext = load_bitext([output], "swa")
    assert bitext.sources == {"News": 10, "Talks": 1}
    assert [pair.english for pair in bitext.pairs[:2]] == ["the news of day 0", "the news of day 10"]
    said = json.loads((tmp_path / "swa.tsv.gz.sources.json").read_text(encoding="utf-8"))
    assert "Tiedemann" in said["cite"][0]
    assert said["corpora"][0]["licence"] == "Creative Commons Attribution 3.0"
    assert (said["corpora"][0]["pairs"], said["corpora"][0]["of"], len(said["corpora"][0]["sha256"])) == (10, 100, 64)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "cannot be downloaded", id="gone"),
        pytest.param(b"<html>moved</html>", "is not a zip archive", id="a page"),
        pytest.param(
            archive("News", []).replace(b".sw", b".xx"), "contains no pairs of en and sw", id="other languages"
        ),
        pytest.param(archive("News", [("a", "b")])[:80], "is not a zip archive", id="truncated"),
    ],
)
def test_what_cannot_be_fetched_leaves_nothing(opus, tmp_path, content, message):
    opus.files["/news.zip"] = content
    with pytest.raises(OpticalError, match=message):
        fetch_corpora(find_corpora("swa", opus.catalogue), "swa", tmp_path / "swa.tsv")
    assert not list(tmp_path.glob("swa*"))
    with pytest.raises(OpticalError, match="is not a web address"):
        fetch_corpora([Corpus("x", "1", 1, 1, "file:///etc/passwd", "sw")], "swa", tmp_path / "swa.tsv")


def test_the_verb_lists_describes_and_fetches(opus, tmp_path, capsys):
    words = ["bitext", "get", "Swahili", "--catalogue", str(opus.catalogue)]
    assert main(words) == 0
    listed = capsys.readouterr().out
    assert "English and Swahili (swa) in OPUS" in listed
    assert "News" in listed
    assert "Talks" in listed
    assert main([*words, "--corpus", "News"]) == 0
    assert "News: licence: Creative Commons Attribution 3.0" in capsys.readouterr().out
    assert not [path for path, part in opus.asked if part is None]  # nothing was fetched yet
    output = str(tmp_path / "swa.tsv")
    assert main([*words, "--output", output]) == 2
    assert main([*words, "--corpus", "Novels", "--output", output]) == 2
    assert "no such corpus for swa; it has News, Talks" in capsys.readouterr().err
    assert main([*words, "--corpus", "News", "Talks", "--output", output]) == 0
    assert "101 pairs" in capsys.readouterr().out
    assert main([*words, "--corpus", "News", "--output", output]) == 2


def test_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "opustools", None)
    with pytest.raises(MissingExtra, match=r"pip install 'pyserini-optical\[opus\]'"):
        find_corpora("swa")
