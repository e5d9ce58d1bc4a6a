"""A teacher, a bitext and a recipe so small that a run takes a second."""

import json

import pytest

from pyserini_optical.distillation.recipe import Recipe
from tests.tiny import ENGLISH_WORDS, SPECIAL, make_teacher

ROLES = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
PAIRS = [
    ("what is the capital of kenya", "mji mkuu wa kenya ni upi"),
    ("what is the largest lake", "ziwa kubwa zaidi ni lipi"),
    ("who was the first doctor", "daktari wa kwanza alikuwa nani"),
    ("the largest city of tanzania", "mji mkubwa zaidi wa tanzania"),
    ("the river", "mto"),
    ("the lake", "ziwa"),
    ("the doctor", "daktari"),
    ("the city", "mji"),
]


@pytest.fixture(scope="session")
def teacher(tmp_path_factory):
    """The tiny teacher, with a tokenizer that names its special tokens as published ones do."""
    folder = make_teacher(tmp_path_factory.mktemp("distillation-teacher"), words=ENGLISH_WORDS)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64, **ROLES}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


@pytest.fixture
def bitext(tmp_path):
    """A Swahili bitext of 64 lines, each pair numbered apart so that none is a duplicate."""
    path = tmp_path / "swa.tsv"
    rows = [f"test\t{n}\t{english} {n}\t{swahili} {n}" for n in range(8) for english, swahili in PAIRS]
    path.write_text("source\tid\teng\tswa\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def recipe(teacher, bitext):
    """Eight steps that train a pack."""
    return Recipe(
        bitext={"swa": [str(bitext)]},
        teacher=str(teacher),
        form="pack",
        vocab_size=60,
        steps=8,
        batch_size=8,
        warmup=2,
        embedding_lr=0.02,
        evaluate_every=4,
        held_out=6,
    )
