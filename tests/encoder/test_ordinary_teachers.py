"""Teachers as their authors saved them: read as sentence-transformers reads them, or refused with the reason."""

import json
import shutil

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, LayerNorm, Normalize, Pooling, Transformer

from pyserini_optical.commands import main
from pyserini_optical.distillation.corpus import tokenise
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.teacher import load_teacher
from pyserini_optical.distillation.vocabulary import learn_vocabulary
from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder, read_checkpoint
from pyserini_optical.encoder.onnx.export import export_onnx
from pyserini_optical.encoder.onnx.files import INT8
from pyserini_optical.errors import OpticalError
from tests.encoder.teachers import VOCABULARY, WIDTH, make_ance, make_bert, make_cased_bert, make_mpnet

PASSAGES = ["The first doctor of Kenya.", "river", "What is the capital of Kenya? " * 12]
PAIRS = [
    ("what is the capital of kenya", "mji mkuu wa kenya ni upi"),
    ("who was the first doctor", "daktari wa kwanza alikuwa nani"),
    ("the river", "mto"),
]


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers") / "bert"
    folder.mkdir()
    make_bert(folder)
    return folder


@pytest.fixture
def bitext(tmp_path):
    path = tmp_path / "swa.tsv"
    rows = [f"test\t{n}\t{english} {n}\t{swahili} {n}" for n in range(8) for english, swahili in PAIRS]
    path.write_text("source\tid\teng\tswa\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def save(folder, layers, *behind, pooling="mean", prompts=None, max_seq_length=None, **settings):
    """Write a model as its author would, with sentence-transformers."""
    transformer = Transformer(str(layers), max_seq_length=max_seq_length)
    model = SentenceTransformer(
        modules=[transformer, Pooling(WIDTH, pooling_mode=pooling, **settings), *behind], prompts=prompts, device="cpu"
    )
    model.save(str(folder), create_model_card=False)
    return folder


def edit(path, **changes):
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8")


def assert_read_alike(folder, bitext, output):
    """Training sees the teacher's query vectors, and a pack made of it encodes passages as the teacher does."""
    author = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": "float32"})
    recipe = Recipe({"swa": [str(bitext)]}, teacher=str(folder), form="pack", vocab_size=60, steps=0, held_out=2)

    teacher = load_teacher(recipe)
    settings = teacher.settings
    tokens = tokenise(PASSAGES, teacher.tokenizer, settings.max_length, settings.query_prefix, teacher.frame)
    pooled = encode(teacher, tokens)
    expected = author.encode_query(PASSAGES)
    np.testing.assert_allclose(pooled, expected, atol=1e-4)
    assert np.abs(expected[0] - expected[1]).max() > 0.02

    list(distill(recipe, output))
    encoded = OpticalDocumentEncoder(output).encode(PASSAGES)
    np.testing.assert_allclose(encoded, author.encode_document(PASSAGES), atol=1e-4)
    assert read_checkpoint(output).max_length <= 70
    assert load_query_encoder(str(output / "swa")).encode_batch(["mji mkuu", "mto " * 300]).shape[0] == 2


def encode(teacher, tokens):
    """One vector a text: pooled and scaled as the teacher's settings say, over the states training sees."""
    from pyserini_optical.encoder.text import POOL, normalise

    vectors = []
    for ids in tokens.ids:
        row = torch.tensor([list(ids)])
        states = teacher.encoder(row, torch.ones_like(row), torch.ones_like(row, dtype=torch.bool)).states
        pooled = POOL[teacher.settings.pooling](states, torch.ones_like(row).float())
        vectors.append(normalise(pooled) if teacher.settings.normalize else pooled)
    return torch.cat(vectors).detach().numpy()


# What an author does to a folder that was saved by the library, and must not change what is read.
def in_half_precision(folder, dtype=torch.float16):
    weights = folder / "model.safetensors"
    save_file(
        {name: tensor.to(dtype) for name, tensor in load_file(weights).items()}, weights, metadata={"format": "pt"}
    )
    edit(folder / "config.json", dtype=str(dtype).removeprefix("torch."))


def without_a_length(folder):
    edit(folder / "tokenizer_config.json", model_max_length=None)
    edit(folder / "sentence_bert_config.json", max_seq_length=None)


def with_fewer_positions_than_tokens(folder):
    edit(folder / "tokenizer_config.json", model_max_length=512)
    edit(folder / "sentence_bert_config.json", max_seq_length=None)


def without_tokenizer_json(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")


def with_the_settings_of_letters_elsewhere(folder):
    edit(folder / "tokenizer_config.json", do_lower_case=False)


def in_a_folder_of_its_own(folder):
    inner = folder / "0_Transformer"
    inner.mkdir()
    for path in list(folder.iterdir()):
        if path.is_file() and path.name not in ("modules.json", "config_sentence_transformers.json"):
            shutil.move(path, inner / path.name)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")


def in_shards(folder):
    weights = folder / "model.safetensors"
    tensors = load_file(weights)
    names = sorted(tensors)
    places = {}
    for number, part in enumerate((names[::2], names[1::2]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    weights.unlink()


def dense(bias=True, out=WIDTH):
    torch.manual_seed(out)
    return Dense(WIDTH, out, bias=bias, activation_function=torch.nn.Identity())


CASES = {
    "as_the_library_saves_it": ({}, None),
    "scaled_to_length_one": ({"behind": [Normalize]}, None),
    "first_token": ({"pooling": "cls"}, None),
    "bf16": ({}, lambda folder: in_half_precision(folder, torch.bfloat16)),
    "fp16": ({}, in_half_precision),
    "no_length": ({}, without_a_length),
    "fewer_positions": ({}, with_fewer_positions_than_tokens),
    "length_of_its_own": ({"max_seq_length": 12}, None),
    "no_tokenizer_json": ({}, without_tokenizer_json),
    "tokenizer_settings": ({}, with_the_settings_of_letters_elsewhere),
    "prompts": ({"prompts": {"query": "who was first: ", "passage": "river: "}}, None),
    "folder_of_its_own": ({}, in_a_folder_of_its_own),
    "shards": ({}, in_shards),
    "dense": ({"behind": [dense, Normalize]}, None),
    "two_dense": ({"behind": [lambda: dense(bias=False), dense]}, None),
    "dense_and_norm": ({"pooling": "cls", "behind": [dense, lambda: LayerNorm(WIDTH)]}, None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_teacher_is_read_as_its_author_means(case, bert, bitext, tmp_path):
    settings, change = CASES[case]
    behind = [make() for make in settings.get("behind", [])]
    settings = {key: value for key, value in settings.items() if key != "behind"}
    folder = save(tmp_path / "teacher", bert, *behind, **settings)
    if change is not None:
        change(folder)
    assert_read_alike(folder, bitext, tmp_path / "packs")


@pytest.mark.parametrize("make", [make_bert, make_mpnet, make_ance])
def test_a_folder_without_modules_is_read_by_the_defaults_of_the_library(make, bitext, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    make(folder)
    if make is make_ance:  # as RoBERTa alone: its head is Pyserini's
        tensors = load_file(folder / "model.safetensors")
        kept = {name.removeprefix("roberta."): value for name, value in tensors.items() if name.startswith("roberta.")}
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    assert_read_alike(folder, bitext, tmp_path / "packs")


def test_a_model_whose_positions_begin_behind_the_padding_is_not_overrun(bitext, tmp_path):
    folder = tmp_path / "mpnet"
    folder.mkdir()
    make_mpnet(folder)
    edit(folder / "tokenizer_config.json", model_max_length=512)  # sentence-transformers would then read 72 tokens
    recipe = Recipe({"swa": [str(bitext)]}, teacher=str(folder), form="pack", vocab_size=60, steps=0, held_out=2)
    assert load_teacher(recipe).settings.max_length == 70


def test_a_pack_over_a_teacher_of_another_width_is_refused_before_any_work(bert, bitext, tmp_path, capsys):
    folder = save(tmp_path / "teacher", bert, dense(out=8), Normalize())
    capsys.readouterr()
    words = ["--bitext", str(bitext), "--teacher", str(folder), "--output", str(tmp_path / "packs")]
    for command in (["add-language"], ["distill", "--form", "pack"]):
        assert main([*command, *words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(f"error: {folder}: maps states of 16 dimensions to vectors of 8,")
        assert captured.err.count("\n") == 1
    assert not (tmp_path / "packs").exists()
    settings = {"vocab_size": 60, "steps": 0, "held_out": 2}
    list(distill(Recipe({"swa": [str(bitext)]}, teacher=str(folder), **settings), tmp_path / "student"))
    assert load_query_encoder(str(tmp_path / "student")).encode("mji mkuu").shape == (8,)


def test_a_cased_teachers_capitals_reach_it(tmp_path, bitext):
    layers = tmp_path / "cased"
    layers.mkdir()
    make_cased_bert(layers)
    folder = save(tmp_path / "teacher", layers, Normalize())
    author = SentenceTransformer(str(folder), device="cpu")
    assert np.abs(author.encode_query("Kenya") - author.encode_query("kenya")).max() > 0.05
    assert_read_alike(folder, bitext, tmp_path / "packs")

    # Names are the teacher's own subwords: a student that was not trained reads them as the teacher does.
    student, names = load_query_encoder(str(tmp_path / "packs" / "swa")), ["Kenya", "Doctor Kenya"]
    np.testing.assert_allclose(student.encode_batch(names), author.encode_query(names), atol=0.02)
    reader = load_teacher(Recipe({"swa": ["none"]}, teacher=str(folder))).tokenizer
    learned = learn_vocabulary(["Mji mkuu wa Kenya"] * 2, 60, reader).get_vocab()
    assert {"Mji", "Kenya"} <= learned.keys()
    assert not {"mji", "kenya"} & learned.keys()


def test_mpnet_as_a_graph_gives_its_own_vectors(bitext, tmp_path):
    folder = tmp_path / "mpnet"
    folder.mkdir()
    make_mpnet(folder)
    recipe = Recipe({"swa": [str(bitext)]}, teacher=str(folder), form="pack", vocab_size=60, steps=0, held_out=2)
    list(distill(recipe, tmp_path / "packs"))
    export_onnx(str(tmp_path / "packs"), tmp_path / "packs" / "onnx")
    backends = ("torch", "onnx", "onnx-int8")
    students = [load_query_encoder(str(tmp_path / "packs" / "swa"), backend=name) for name in backends]
    torchs, graphs, rounded = (each.encode_batch(["mji mkuu wa kenya", "mto", "ziwa " * 99]) for each in students)
    np.testing.assert_allclose(graphs, torchs, atol=1e-5)
    assert np.abs(rounded - torchs).max() < 0.05 * np.abs(torchs).max()
    graph = onnx.load(tmp_path / "packs" / "onnx" / INT8).graph
    columns = {each.name.partition("layer.0/")[2]: each.dims[1] for each in graph.initializer if len(each.dims) == 2}
    assert columns["attention/attn/v/MatMul/weight"] == 2 * columns["attention/attn/q/MatMul/weight"]
    assert columns["output/dense/MatMul/weight"] == 2 * columns["attention/attn/o/MatMul/weight"]


def pools_by_maximum(folder):
    edit(folder / "1_Pooling" / "config.json", pooling_mode="max")


def pools_by_the_last_token(folder):
    edit(folder / "1_Pooling" / "config.json", pooling_mode=None, pooling_mode_lasttoken=True)


def pools_twice(folder):
    edit(folder / "1_Pooling" / "config.json", pooling_mode=["cls", "mean"])


def leaves_the_prompt_out(folder):
    edit(folder / "1_Pooling" / "config.json", include_prompt=False)
    edit(folder / "config_sentence_transformers.json", prompts={"query": "who: "})


def compares_by_distance(folder):
    edit(folder / "config_sentence_transformers.json", similarity_fn_name="euclidean")


def bends_its_vectors(folder):
    edit(folder / "2_Dense" / "config.json", activation_function="torch.nn.modules.activation.Tanh")


def adds_its_input(folder):
    edit(folder / "2_Dense" / "config.json", use_residual=True)


def runs_code_of_its_own(folder):
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["type"] = "custom_model.Transformer"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")


def scales_before_it_maps(folder):
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[2:] = reversed(modules[2:])
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")


def is_cut_off(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def is_a_pointer(folder):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 437971872\n"
    (folder / "model.safetensors").write_text(text, encoding="utf-8")


def has_fewer_rows_than_tokens(folder):
    weights = folder / "model.safetensors"
    tensors = load_file(weights)
    rows = "embeddings.word_embeddings.weight"
    tensors[rows] = tensors[rows][:20].clone()
    save_file(tensors, weights, metadata={"format": "pt"})
    edit(folder / "config.json", vocab_size=20)


def has_damaged_settings(folder):
    (folder / "modules.json").write_text("[{", encoding="utf-8")


def has_no_tokenizer(folder):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


REFUSALS = {
    pools_by_maximum: "pools by max;",
    pools_by_the_last_token: "pools by lasttoken;",
    pools_twice: "pools by cls and mean;",
    leaves_the_prompt_out: "excludes the prompt's tokens from pooling",
    compares_by_distance: "compares vectors by euclidean",
    bends_its_vectors: "its activation is torch.nn.modules.activation.Tanh",
    adds_its_input: "has a residual connection",
    runs_code_of_its_own: "the module custom_model.Transformer is not supported",
    scales_before_it_maps: "Transformer, Pooling, Normalize, Dense: modules in this order",
    is_cut_off: "is damaged or truncated",
    is_a_pointer: "is a Git LFS pointer, not the weights; fetch them with: git lfs pull",
    has_fewer_rows_than_tokens: "its tokenizer has token ids up to .*, but its weights only 20 embeddings",
    has_damaged_settings: "is not JSON",
    has_no_tokenizer: "its tokenizer cannot be loaded",
}


@pytest.mark.parametrize("change", REFUSALS, ids=lambda change: change.__name__)
def test_a_teacher_that_no_student_answers_for_is_refused_in_one_line(change, bert, bitext, tmp_path):
    folder = save(tmp_path / "teacher", bert, dense(), Normalize())
    change(folder)
    with pytest.raises(OpticalError, match=REFUSALS[change]) as caught:
        load_teacher(Recipe({"swa": [str(bitext)]}, teacher=str(folder), form="pack", vocab_size=60))
    assert "\n" not in str(caught.value)


def test_a_model_is_read_alike_by_name_by_path_and_from_the_cache(bert, tmp_path, monkeypatch):
    plain = tmp_path / "bge-base-en-v1.5"
    save(plain, bert, Normalize(), pooling="cls")
    commit = "0" * 40
    cached = tmp_path / "hub" / "models--BAAI--bge-base-en-v1.5"
    shutil.copytree(plain, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit, encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    names = ("BAAI/bge-base-en-v1.5", str(cached / "snapshots" / commit), str(plain))
    by_name, by_snapshot, by_path = (load_teacher(Recipe({"swa": ["none"]}, teacher=name)) for name in names)
    assert by_name.settings == by_snapshot.settings == by_path.settings
    assert by_name.settings.query_prefix.startswith("Represent this sentence")
    assert by_name.name == by_snapshot.name == "BAAI/bge-base-en-v1.5"
    assert by_path.name == str(plain)
