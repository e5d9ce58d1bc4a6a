import importlib.util
import json
import urllib.request
from collections.abc import Mapping
from types import SimpleNamespace
from urllib.error import URLError

import pytest

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import offline, registration

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
        offline.importlib.util, "find_spec", lambda name: SimpleNamespace(origin=tmp_path / "__init__.py")
    )

    def load():
        spec = importlib.util.spec_from_file_location("catalogue", path)
        module = importlib.util.module_from_spec(spec)
        offline.allow_offline_import()
        spec.loader.exec_module(module)
        offline.restore_network(module)
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
    monkeypatch.setattr(offline, "_fetch", refuse)
    module = import_catalogue()
    assert module.ALIASES["old-name"]["urls"] == []
    with pytest.raises(URLError):
        module.INDEXES["new.name"]
    monkeypatch.setattr(module, "urlopen", answer([{"name": "new.name", "md5": "1", "urls": ["u"]}]))
    assert module.INDEXES["new.name"]["urls"] == ["u"]


def test_with_a_network_nothing_changes(import_catalogue, monkeypatch):
    monkeypatch.setattr(offline, "_fetch", answer([{"name": "new.name", "md5": "1", "urls": ["u"]}]))
    module = import_catalogue()
    assert module.ALIASES["old-name"]["urls"] == ["u"]
    assert isinstance(module.INDEXES, Mapping)
    assert module.INDEXES._info is not None
    assert urllib.request.urlopen is offline._fetch


def test_an_index_that_cannot_be_looked_up_is_named(tiny_packs):
    def unreachable(_class, _name, _encoder):
        raise URLError("no network")

    look_up = registration._check_presence(unreachable)
    with pytest.raises(OpticalError, match=r"words: no index folder.*no network"):
        look_up(object, "words", load_query_encoder(str(tiny_packs)))
    with pytest.raises(URLError):
        look_up(object, "words", "another encoder")
