import json
from dataclasses import replace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from pyserini_optical.distillation.corpus import tokenise
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.teacher import load_teacher
from pyserini_optical.distillation.validation import encode_pooled
from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder
from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER, Teacher, write_checkpoint
from pyserini_optical.encoder.presets import preset_for_index, preset_for_teacher
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.java import prepare_java
from tests.encoder import teachers
from tests.encoder.teachers import QUERIES, WIDTH

BGE = {"pooling": "cls", "l2_norm": True, "prefix": "Represent this sentence for searching relevant passages:"}
# Index, checkpoint, the stock class that reads its queries, and what Pyserini's reproductions pass to it.
LAYOUTS = [
    ("beir-v1.0.0-nq.contriever-msmarco", "bert", "AutoQueryEncoder", {"pooling": "mean"}),
    ("msmarco-v1-passage.bge-base-en-v1.5", "bert", "AutoQueryEncoder", BGE),
    ("beir-v1.0.0-quora.bge-base-en-v1.5", "bert", "AutoQueryEncoder", BGE | {"prefix": ""}),
    ("msmarco-v2.1-doc-segmented-shard01.arctic-embed-l", "bert", "ArcticQueryEncoder", {}),
    ("msmarco-v1-passage.sbert", "distilbert", "AutoQueryEncoder", {"pooling": "mean", "l2_norm": True}),
    ("msmarco-v1-passage.distilbert-dot-tas_b-b256", "distilbert", "AutoQueryEncoder", {}),
    ("msmarco-v1-passage.tct_colbert-v2-hnp", "bert", "TctColBertQueryEncoder", {}),
    ("msmarco-v1-passage.ance", "ance", "AnceQueryEncoder", {}),
    ("msmarco-v1-passage.cosdpr-distil", "cosdpr", "CosDprQueryEncoder", {}),
    ("wikipedia-dpr-100w.dpr-multi", "dpr", "DprQueryEncoder", {}),
]


@pytest.fixture(scope="module")
def encode():
    prepare_java()
    import pyserini.encode

    for stock in (pyserini.encode.AnceEncoder, pyserini.encode.CosDprEncoder):
        stock.all_tied_weights_keys = {}  # transformers 5 looks for it; these classes of Pyserini 1.6.0 do not set it
    return pyserini.encode


@pytest.fixture(scope="module")
def checkpoints(encode, tmp_path_factory):
    home = tmp_path_factory.mktemp("teachers")
    for name in ("bert", "distilbert", "dpr", "cosdpr", "ance"):
        (home / name).mkdir()
        getattr(teachers, f"make_{name}")(home / name)
    for name in ("cosdpr", "ance"):  # the only format that Pyserini 2.4.0 reads them from
        torch.save(load_file(home / name / "model.safetensors"), home / name / "pytorch_model.bin")
    return home


def as_student(folder, index):
    """The teacher itself as a student that carries the preset."""
    settings = preset_for_index(index).settings(70)
    dimension = 768 if folder.name == "ance" else WIDTH  # Pyserini's ANCE has no other
    settings = replace(settings, kind="student", dimension=dimension, teacher=Teacher(str(folder), {}))
    write_checkpoint(folder, settings)
    return folder


@pytest.mark.parametrize(("index", "layout", "stock", "flags"), LAYOUTS, ids=[index for index, *_ in LAYOUTS])
def test_vectors_are_those_of_the_stock_encoder(encode, checkpoints, index, layout, stock, flags):
    folder = checkpoints / layout
    # Two of the stock encoders leave no limit of their own and would overrun the small checkpoint's positions.
    queries = QUERIES[:2] if stock in ("ArcticQueryEncoder", "DprQueryEncoder") else QUERIES
    expected = np.stack([getattr(encode, stock)(str(folder), **flags).encode(query) for query in queries])
    assert np.abs(expected[0] - expected[1]).max() > 0.05

    ours = load_query_encoder(str(as_student(folder, index))).encode_batch(queries)
    np.testing.assert_allclose(ours, expected, atol=1e-5)

    teacher = load_teacher(Recipe(bitext={"swa": ["none.tsv"]}, teacher=str(folder), for_index=index))
    settings = teacher.settings
    tokens = tokenise(queries, teacher.tokenizer, settings.max_length, settings.query_prefix, teacher.frame)
    pooled = encode_pooled(teacher.encoder, tokens).numpy()
    np.testing.assert_allclose(pooled, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


def test_documents_of_tct_colbert_are_framed_as_in_pyserini(encode, checkpoints):
    folder = as_student(checkpoints / "bert", "msmarco-v1-passage.tct_colbert")
    stock = encode.TctColBertDocumentEncoder(str(folder), device="cpu")
    texts = ["the river", "the first doctor of kenya"]
    np.testing.assert_allclose(OpticalDocumentEncoder(folder).encode(texts), stock.encode(texts), atol=1e-5)


def test_a_teacher_with_another_document_encoder_says_so(checkpoints):
    with pytest.raises(OpticalError, match="facebook/dpr-ctx_encoder-multiset-base"):
        OpticalDocumentEncoder(as_student(checkpoints / "dpr", "wikipedia-dpr-100w.dpr-multi"))


@pytest.mark.parametrize(
    ("index", "teacher"),
    [
        ("msmarco-v1-passage.tct_colbert.hnsw", "castorini/tct_colbert-msmarco"),
        ("cast2019-tct_colbert-v2.hnsw", "castorini/tct_colbert-v2-msmarco"),
        ("beir-v1.0.0-trec-covid.contriever", "facebook/contriever"),
        ("bright-biology.bge-large-en-v1.5", "BAAI/bge-large-en-v1.5"),
        ("msmarco-v1-doc.ance-maxp", "castorini/ance-msmarco-doc-maxp"),
        ("wikipedia-dpr-100w.ance-multi", "castorini/ance-dpr-question-multi"),
    ],
)
def test_an_index_names_its_teacher(index, teacher):
    assert preset_for_index(index).teacher == teacher


@pytest.mark.parametrize(
    "index", ["msmarco-v1-passage.openai-ada2", "mrtydi-v1.1-swahili-mdpr-nq", "contriever", "x.ance2"]
)
def test_an_index_without_a_preset_is_refused(index):
    with pytest.raises(OpticalError, match="no preset matches"):
        preset_for_index(index)


def test_prebuilt_indexes_of_the_known_families_have_presets(encode):
    from pyserini.prebuilt_index_info import FAISS_INDEX_INFO

    found = []
    try:
        names = list(FAISS_INDEX_INFO)
    except URLError:
        pytest.skip("this Pyserini fetches its list of prebuilt indexes, and there is no network")
    for index in names:
        try:
            found.append(preset_for_index(index))
        except OpticalError:
            continue
    assert len(found) >= 110  # 87 of BEIR, 12 of BRIGHT, and MS MARCO, Wikipedia, CAsT
    assert {"castorini/cosdpr-distil", "facebook/dpr-question_encoder-single-nq-base"} <= {
        each.teacher for each in found
    }


def test_a_teacher_is_known_by_name_or_by_its_modules(tmp_path):
    teachers.make_bert(tmp_path)
    assert preset_for_teacher(DEFAULT_TEACHER, tmp_path).max_length == 256
    assert preset_for_teacher("facebook/contriever", tmp_path).normalize is False
    assert preset_for_teacher("some/other", tmp_path).pooling == "mean"
    kinds = {"Transformer": "", "Pooling": "1_Pooling"}
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": path} for kind, path in kinds.items()]
    (tmp_path / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', encoding="utf-8")
    preset = preset_for_teacher("some/other", tmp_path)
    assert (preset.pooling, preset.normalize, preset.max_length) == ("cls", False, 70)
