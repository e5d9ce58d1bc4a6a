"""Pushing and pulling, to a folder and to a stub of the hub on the loopback."""

import base64
import hashlib
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from pyserini_optical.encoder.checkpoint import read_checkpoint
from pyserini_optical.encoder.packs import read_pack
from pyserini_optical.errors import OpticalError
from pyserini_optical.sharing import pull_student, push_student
from tests.tiny import make_packs

COMMIT = "c" * 40
NAME = "somebody/packs"


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a push and a pull ask for; files live in `server.files`."""

    def log_message(self, *_words):
        pass

    @property
    def _place(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def _say(self, content, status=200, **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_POST(self):
        path, body, files = urlsplit(self.path).path, self._body(), self.server.files
        if path == "/api/repos/create":
            self._say({"url": f"{self._place}/{NAME}", "name": NAME})
        elif path == "/api/validate-yaml":
            self._say({"errors": [], "warnings": []})
        elif "/preupload/" in path:
            named = [entry["path"] for entry in json.loads(body)["files"]]
            self._say({"files": [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in named]})
        elif "/commit/" in path:
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
            self._say({"success": True, "commitOid": COMMIT, "commitUrl": f"{self._place}/{NAME}/commit/{COMMIT}"})
        else:
            self._say({"error": path}, 404)

    def do_GET(self):
        path, files = unquote(urlsplit(self.path).path), self.server.files
        if "/resolve/" in path:
            name = path.split("/resolve/", 1)[1].split("/", 1)[1]
            if name not in files:
                return self._say({}, 404, X_Error_Code="EntryNotFound")
            digest = hashlib.sha256(files[name]).hexdigest()
            return self._say(files[name], ETag=f'"{digest}"', X_Repo_Commit=COMMIT)
        if path.startswith(f"/api/models/{NAME}/tree/"):
            listed = [{"type": "file", "path": name, "size": len(files[name]), "oid": "0"} for name in files]
            return self._say(listed)
        if path.startswith(f"/api/models/{NAME}"):
            siblings = [{"rfilename": name} for name in files]
            return self._say({"id": NAME, "modelId": NAME, "sha": COMMIT, "siblings": siblings})
        return self._say({"error": "Repository not found"}, 404, X_Error_Code="RepoNotFound")

    do_HEAD = do_GET


@pytest.fixture
def packs(tmp_path):
    """Two languages; only the checksum of the teacher's weights is asked for."""
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher" / "model.safetensors").write_bytes(b"weights")
    return make_packs(tmp_path / "packs", tmp_path / "teacher")


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.files = {".gitattributes": b""}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.place = {"endpoint": f"http://127.0.0.1:{server.server_port}", "token": "hf_stub"}
    yield server
    server.shutdown()
    server.server_close()


def sent_checkpoint(packs):
    """What leaves this machine: of the teacher's folder the name alone."""
    checkpoint = read_checkpoint(packs)
    return replace(checkpoint, teacher=replace(checkpoint.teacher, name="teacher"))


def test_to_the_hub_and_back(hub, packs, tmp_path):
    assert push_student(str(packs), NAME, **hub.place).endswith(COMMIT)
    assert hub.files["swa/embeddings.safetensors"] == (packs / "swa" / "embeddings.safetensors").read_bytes()
    card = hub.files["README.md"].decode()
    assert "- swa\n- som\n" in card
    assert f"pyserini-optical pull {NAME}" in card

    pulled = pull_student(NAME, tmp_path / "pulled", **hub.place)
    assert read_checkpoint(pulled) == sent_checkpoint(packs)
    assert (read_pack(pulled, "swa")[0] == read_pack(packs, "swa")[0]).all()
    assert not [path for path in pulled.rglob("*") if path.name.startswith(".")]


def test_a_student_on_the_hub_is_not_overwritten_unasked(hub, packs):
    hub.files["optical.json"] = b"{}"
    with pytest.raises(OpticalError, match="already holds a student; pass --overwrite"):
        push_student(str(packs), NAME, **hub.place)
    push_student(str(packs), NAME, overwrite=True, **hub.place)
    assert hub.files["optical.json"] != b"{}"


def test_a_card_of_its_own_is_kept(hub, packs):
    (packs / "README.md").write_text("# Mine\n")
    push_student(str(packs), NAME, **hub.place)
    assert hub.files["README.md"] == b"# Mine\n"


def test_damage_on_the_way_leaves_nothing(hub, packs, tmp_path):
    push_student(str(packs), NAME, **hub.place)
    content = bytearray(hub.files["som/embeddings.safetensors"])
    content[-1] ^= 1
    hub.files["som/embeddings.safetensors"] = bytes(content)
    with pytest.raises(OpticalError, match="is damaged or another version"):
        pull_student(NAME, tmp_path / "pulled", **hub.place)
    assert not (tmp_path / "pulled").exists()


@pytest.mark.parametrize(
    "name", ["../evil.json", "swa/../../evil.json", "/etc/evil.json", "a\\..\\evil.json", "swa/.x.json"]
)
def test_names_that_lead_out_of_the_folder_are_refused(hub, packs, tmp_path, name):
    push_student(str(packs), NAME, **hub.place)
    hub.files[name] = b"{}"
    with pytest.raises(OpticalError, match="is not a valid file name in a student"):
        pull_student(NAME, tmp_path / "deep" / "pulled", **hub.place)
    assert not list(tmp_path.rglob("evil*"))
    assert not list(tmp_path.rglob(".x*"))


def test_programs_and_pickles_are_left_behind(hub, packs, tmp_path):
    push_student(str(packs), NAME, **hub.place)
    hub.files.update({"pytorch_model.bin": b"x", "modeling.py": b"x", "swa/table.pkl": b"x"})
    pulled = pull_student(NAME, tmp_path / "pulled", **hub.place)
    assert {path.suffix for path in pulled.rglob("*") if path.is_file()} == {".json", ".safetensors", ".md"}


def test_weights_without_a_checksum_are_refused(hub, packs, tmp_path):
    push_student(str(packs), NAME, **hub.place)
    hub.files["swa/more.safetensors"] = b"x"
    with pytest.raises(OpticalError, match="has no checksum for it"):
        pull_student(NAME, tmp_path / "pulled", **hub.place)


def test_what_is_no_student_is_not_pulled(hub, tmp_path):
    hub.files["config.json"] = b"{}"
    with pytest.raises(OpticalError, match="is not a student of pyserini-optical"):
        pull_student(NAME, tmp_path / "pulled", **hub.place)


def test_a_hub_that_refuses_or_is_not_there_is_one_line(hub, tmp_path):
    for source, place in (("somebody/else", hub.place), (NAME, {"endpoint": "http://127.0.0.1:9"})):
        with pytest.raises(OpticalError, match="refused the request or cannot be reached") as caught:
            pull_student(source, tmp_path / "pulled", **place)
        assert "\n" not in str(caught.value)


def test_to_a_folder_and_back(packs, tmp_path):
    share = tmp_path / "share" / "student"
    assert push_student(str(packs), str(share)) == str(share)
    with pytest.raises(OpticalError, match="pass --overwrite"):
        push_student(str(packs), str(share))
    pulled = pull_student(str(share), tmp_path / "pulled")
    assert read_checkpoint(pulled) == sent_checkpoint(packs)
    assert (pulled / "README.md").read_text().startswith("---\nlibrary_name: pyserini-optical\n")
    with pytest.raises(OpticalError, match="has no revisions"):
        pull_student(str(share), tmp_path / "again", revision="v1")


def test_a_link_out_of_the_folder_is_not_followed(packs, tmp_path):
    (tmp_path / "secret.json").write_text("{}")
    (packs / "notes.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(OpticalError, match="points outside"):
        push_student(str(packs), str(tmp_path / "share"))


def test_where_the_teacher_lies_here_is_not_sent(hub, packs, tmp_path):
    teacher = read_checkpoint(packs).teacher
    assert str(tmp_path) in teacher.name
    push_student(str(packs), str(tmp_path / "shared"))
    push_student(str(packs), NAME, **hub.place)
    sent = [(tmp_path / "shared" / name).read_bytes() for name in ("optical.json", "README.md")]
    sent += [hub.files["optical.json"], hub.files["README.md"]]
    assert not any(teacher.name.encode() in content for content in sent)
    assert read_checkpoint(tmp_path / "shared").teacher.sha256 == teacher.sha256
