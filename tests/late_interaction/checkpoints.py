"""Small ColBERT checkpoints in the layouts of Stanford and PyLate, the same at every call and on every machine."""

import json
import string
from pathlib import Path

import numpy as np

HIDDEN, PROJECTED = 32, 8
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]", "[unused1]"]
WORDS = [
    "what",
    "is",
    "the",
    "capital",
    "of",
    "kenya",
    "tanzania",
    "river",
    "lake",
    "who",
    "was",
    "first",
    "doctor",
    "city",
    "largest",
    "nairobi",
    "dodoma",
    "a",
    "in",
]

QUERIES = [
    "What is the capital of Kenya?",
    "largest lake",
    "Who was the first doctor in the largest city of Tanzania, what is the river",
]
DOCUMENTS = [
    "Nairobi is the capital of Kenya.",
    "The largest lake in Tanzania, a lake (a river!).",
    "Who? Dodoma; the first city, is in Tanzania: is the lake in Kenya, is the river, is the doctor, is the city...",
    "unknown",
]


def write_tokenizer(folder, markers=()):
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {piece: i for i, piece in enumerate([*SPECIAL, *string.punctuation, *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens(SPECIAL[:5])
    tokenizer.add_tokens([AddedToken(marker, normalized=False) for marker in markers])
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    settings = {f"{name}_token": token for name, token in names.items()} | {"model_max_length": 64}
    write_json(folder / "tokenizer_config.json", settings | {"tokenizer_class": "PreTrainedTokenizerFast"})
    return tokenizer.get_vocab_size()


def write_json(path, content):
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def make_bert(vocabulary_size, seed):
    """A BERT of two layers whose weights are drawn by numpy, so that every version of torch has the same."""
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=vocabulary_size,
        hidden_size=HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    model = BertModel(config)
    generator = np.random.default_rng(seed)
    for name, weight in sorted(model.named_parameters()):
        drawn = generator.normal(0.0, 0.3, size=tuple(weight.shape)).astype(np.float32)
        weight.data = torch.from_numpy(1 + drawn if name.endswith("LayerNorm.weight") else drawn)
    return model


def draw(shape, seed):
    import torch

    return torch.from_numpy(np.random.default_rng(seed).normal(0.0, 0.3, size=shape).astype(np.float32))


def write_raw(folder):
    folder.mkdir(parents=True)
    make_bert(write_tokenizer(folder), seed=1).save_pretrained(folder)
    return folder


def write_stanford(folder, **metadata):
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    model = make_bert(write_tokenizer(folder), seed=1)
    tensors = {f"bert.{name}": tensor.contiguous() for name, tensor in model.state_dict().items()}
    tensors["linear.weight"] = draw((PROJECTED, HIDDEN), seed=2)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", model.config.to_dict() | {"architectures": ["HF_ColBERT"], "model_type": "bert"})
    settings = {
        "query_maxlen": 16,
        "doc_maxlen": 24,
        "query_token_id": "[unused0]",
        "doc_token_id": "[unused1]",
        "mask_punctuation": True,
        "attend_to_mask_tokens": False,
        "similarity": "cosine",
    }
    write_json(folder / "artifact.metadata", settings | metadata)
    return folder


def write_pylate(folder, residual=False, **settings):
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    make_bert(write_tokenizer(folder, markers=("[Q] ", "[D] ")), seed=3).save_pretrained(folder)
    kinds = {"": "sentence_transformers.models.Transformer", "1_Dense": "pylate.models.Dense.Dense"}
    modules = [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(kinds.items())]
    write_json(folder / "modules.json", modules)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 24, "do_lower_case": False})
    dense = folder / "1_Dense"
    dense.mkdir()
    tensors = {"linear.weight": draw((PROJECTED, HIDDEN), seed=4), "linear.bias": draw((PROJECTED,), seed=5)}
    if residual:
        tensors["residual.weight"] = draw((PROJECTED, HIDDEN), seed=6)
    save_file(tensors, dense / "model.safetensors")
    shape = {"in_features": HIDDEN, "out_features": PROJECTED, "bias": True, "use_residual": residual}
    write_json(dense / "config.json", shape | {"activation_function": "torch.nn.modules.linear.Identity"})
    saved = {
        "model_type": "ColBERT",
        "prompts": {},
        "default_prompt_name": None,
        "similarity_fn_name": "MaxSim",
        "query_prefix": "[Q] ",
        "document_prefix": "[D] ",
        "query_length": 16,
        "document_length": 24,
        "attend_to_expansion_tokens": False,
        "skiplist_words": list(string.punctuation),
        "do_query_expansion": True,
    }
    write_json(folder / "config_sentence_transformers.json", saved | settings)
    return folder


CHECKPOINTS = {
    "stanford": write_stanford,
    "stanford-attending": lambda folder: write_stanford(folder, attend_to_mask_tokens=True),
    "pylate": write_pylate,
    "pylate-attending": lambda folder: write_pylate(folder, attend_to_expansion_tokens=True),
    "pylate-unexpanded": lambda folder: write_pylate(folder, do_query_expansion=False, skiplist_words=["the", "."]),
    "pylate-residual": lambda folder: write_pylate(folder, residual=True),
}
"""Name to what writes the checkpoint; `pylate_scores.json` has PyLate's scores of each."""


def write_checkpoint(name, folder):
    return CHECKPOINTS[name](Path(folder) / name)
