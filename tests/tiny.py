"""A teacher and students so small that they are made on the spot."""

import json
from pathlib import Path

import numpy as np

DIMENSION = 16
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ENGLISH_WORDS = [
    *("what", "is", "the", "capital", "of", "kenya", "tanzania", "river", "lake"),
    *("who", "was", "first", "doctor", "city", "largest"),
]
SWAHILI_WORDS = [
    *("mji", "mkuu", "wa", "ni", "upi", "nani", "alikuwa", "daktari"),
    *("kwanza", "mto", "ziwa", "kubwa", "zaidi", "kenya", "tanzania"),
]


def make_tokenizer(words):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {piece: i for i, piece in enumerate([*SPECIAL, *words])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def make_teacher(folder: Path, dimension: int = DIMENSION, words=ENGLISH_WORDS) -> Path:
    import torch
    from transformers import BertConfig, BertModel

    tokenizer = make_tokenizer(words)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=dimension,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    # The default teacher's file pads to a fixed length; one that reads it must not.
    tokenizer.enable_padding(length=24, pad_id=0, pad_token="[PAD]")
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64, "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def make_packs(folder: Path, teacher: Path, dimension: int = DIMENSION) -> Path:
    from pyserini_optical.distillation.language_identifier import train_language_identifier, write_language_identifier
    from pyserini_optical.encoder.checkpoint import Checkpoint, Teacher
    from pyserini_optical.encoder.packs import write_pack
    from pyserini_optical.files import checksum

    weights = "model.safetensors"
    base = Checkpoint(
        teacher=Teacher(str(teacher), {weights: checksum(teacher / weights)}), dimension=dimension, max_length=32
    )
    random = np.random.default_rng(3)
    for language, words in (("swa", SWAHILI_WORDS), ("som", ["waa", "kuma", "magaalada", "dalka", "weyn"])):
        tokenizer = make_tokenizer(words)
        embeddings = random.normal(scale=0.5, size=(tokenizer.get_vocab_size(), dimension)).astype(np.float32)
        write_pack(folder, language, embeddings, tokenizer, base=base if language == "swa" else None)
    texts = {
        "swa": [" ".join(SWAHILI_WORDS)],
        "som": ["waa kuma magaalada dalka weyn"],
        "eng": [" ".join(ENGLISH_WORDS)],
    }
    write_language_identifier(folder, train_language_identifier(texts))
    return folder
