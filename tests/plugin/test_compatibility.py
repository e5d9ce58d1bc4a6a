import importlib.util
import json
import os
import urllib.request
from collections.abc import Mapping
from types import SimpleNamespace
from urllib.error import URLError

import pytest

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import compatibility, prebuilt, search_guards

# What Pyserini 2.4.0 does: a lazy catalogue, and an alias that looks into it while the module is imported.
CATALOGUE = """
import json
from collections.abc import Mapping
from urllib.request import urlopen


class Lazy(Mapping):
    def __init__(self, url):
        self._url, self._info = url, None

    def _load(self):
        if self._info is None:
            with urlopen(self._url, timeout=10) as response:
                self._info = {record.pop("name"): record for record in json.load(response)}
        return self._info

    def __getitem__(self, key):
        return self._load()[key]

    def __iter__(self):
        return iter(self._load())

    def __len__(self):
        return len(self._load())


INDEXES = Lazy("https://example.org/a.json")
ALIASES = {"old-name": INDEXES["new.name"]}
"""


@pytest.fixture
def import_catalogue(tmp_path, monkeypatch):
    path = tmp_path / "prebuilt_index_info.py"
    path.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(
        compatibility.importlib.util, "find_spec", lambda name: SimpleNamespace(origin=tmp_path / "__init__.py")
    )

    def load():
        spec = importlib.util.spec_from_file_location("catalogue", path)
        module = importlib.util.module_from_spec(spec)
        compatibility.allow_offline_import()
        spec.loader.exec_module(module)
        compatibility.restore_network(module)
        return module

    yield load
    urllib.request.urlopen = REAL


REAL = urllib.request.urlopen


def answer(records):
    import io

    return lambda url, timeout: io.BytesIO(json.dumps(records).encode())


def refuse(url, timeout):
    raise URLError("Name or service not known")


def test_without_a_network_the_import_succeeds_and_nothing_is_made_up(import_catalogue, monkeypatch):
    monkeypatch.setattr(compatibility, "_fetch", refuse)
    module = import_catalogue()
    assert module.ALIASES["old-name"]["urls"] == []
    with pytest.raises(URLError):
        module.INDEXES["new.name"]
    monkeypatch.setattr(module, "urlopen", answer([{"name": "new.name", "md5": "1", "urls": ["u"]}]))
    assert module.INDEXES["new.name"]["urls"] == ["u"]


def test_with_a_network_nothing_changes(import_catalogue, monkeypatch):
    monkeypatch.setattr(compatibility, "_fetch", answer([{"name": "new.name", "md5": "1", "urls": ["u"]}]))
    module = import_catalogue()
    assert module.ALIASES["old-name"]["urls"] == ["u"]
    assert isinstance(module.INDEXES, Mapping)
    assert module.INDEXES._info is not None
    assert urllib.request.urlopen is compatibility._fetch


def test_an_index_that_cannot_be_looked_up_is_named(tiny_packs, monkeypatch):
    def unreachable(*_words):
        raise URLError("no network")

    monkeypatch.setattr(prebuilt, "_find_entry", unreachable)
    look_up = search_guards._check_presence(unreachable)
    with pytest.raises(OpticalError, match=r"words: is neither an index folder.*no network"):
        look_up(object, "words", load_query_encoder(str(tiny_packs)))
    with pytest.raises(URLError):
        look_up(object, "words", "another encoder")


def test_a_cached_index_is_opened_as_a_folder_where_the_list_is_out_of_reach(tiny_packs, tmp_path, monkeypatch):
    def unreachable(*_words):
        raise URLError("no network")

    folder = tmp_path / "indexes" / f"faiss-flat.meaning.20240107.{'b' * 32}"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PYSERINI_CACHE", str(tmp_path))
    monkeypatch.setattr(prebuilt, "_find_entry", unreachable)
    student = load_query_encoder(str(tiny_packs))
    look_up = search_guards._check_presence(unreachable)
    opened = look_up(lambda *given, **settings: (given, settings), "meaning", student, faiss_device="cpu")
    assert opened == ((str(folder), student, None), {"faiss_device": "cpu"})


@pytest.mark.parametrize(("version", "lent"), [("2.12.0", False), ("3.0.1", True), ("10.1", True), ("unknown", False)])
def test_a_stand_in_for_the_import_alone(monkeypatch, version, lent):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(compatibility, "version", lambda name: version)
    compatibility.lend_openai_key()
    assert ("OPENAI_API_KEY" in os.environ) == lent
    compatibility.take_openai_key_back(os)
    assert "OPENAI_API_KEY" not in os.environ


def test_a_key_that_is_there_stays(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setattr(compatibility, "version", lambda name: "3.0.0")
    compatibility.lend_openai_key()
    compatibility.take_openai_key_back(os)
    assert os.environ["OPENAI_API_KEY"] == "sk-real"
