import pytest

from pyserini_optical.late_interaction import build_store, build_token_index
from tests.late_interaction.checkpoints import write_checkpoint, write_raw
from tests.late_interaction.topical import PASSAGES, TopicalEncoder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return lambda name: folder / name if (folder / name).exists() else write_checkpoint(name, folder)


@pytest.fixture(scope="session")
def raw_model(tmp_path_factory):
    return write_raw(tmp_path_factory.mktemp("raw") / "model")


@pytest.fixture
def topical():
    return TopicalEncoder()


@pytest.fixture(scope="session")
def late_folder(tmp_path_factory):
    """Store and compressed index of 300 passages."""
    folder = tmp_path_factory.mktemp("late")
    store = build_store(PASSAGES, TopicalEncoder(), folder / "store", shard_size=70)
    build_token_index(store, folder / "compressed", bits=4, lists=16)
    return folder
