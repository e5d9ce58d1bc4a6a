"""Small encoders to start a student from: a WordPiece BERT, a Unigram XLM-R of another width, a BPE RoBERTa."""

import torch
from tokenizers import ByteLevelBPETokenizer, SentencePieceUnigramTokenizer, Tokenizer, processors
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from tests.tiny import SPECIAL, SWAHILI_WORDS, make_tokenizer

TEXTS = ["mji mkuu wa kenya", "mto mkubwa", "the capital of kenya", "ziwa 7"]
WORDS = ["mji mkuu wa kenya ni upi", "ziwa kubwa zaidi", "daktari wa kwanza alikuwa nani", "capital of kenya", "river"]
SIZES = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 70}
XLMR_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
XLMR_ROLES = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def make_mbert(folder, width=16):
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    tokenizer = make_tokenizer([*SWAHILI_WORDS, "capital", "the", *letters, *(f"##{letter}" for letter in letters)])
    roles = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    torch.manual_seed(11)
    _save(
        folder,
        BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=width, **SIZES)),
        tokenizer,
        roles,
    )


def make_xlmr(folder, width=24):
    unigram = SentencePieceUnigramTokenizer()
    unigram.train_from_iterator(
        WORDS * 20, vocab_size=90, special_tokens=XLMR_SPECIAL, unk_token="<unk>", show_progress=False
    )
    tokenizer = Tokenizer.from_str(unigram.to_str())
    tokenizer.add_special_tokens([*XLMR_SPECIAL, "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(12)
    config = XLMRobertaConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=width, pad_token_id=1, **SIZES)
    _save(folder, XLMRobertaModel(config), tokenizer, XLMR_ROLES)


def make_bpe(folder):
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(WORDS, vocab_size=300, special_tokens=[*XLMR_SPECIAL, "<mask>"], show_progress=False)
    tokenizer = Tokenizer.from_str(bpe.to_str())
    torch.manual_seed(13)
    config = RobertaConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=16, pad_token_id=1, **SIZES)
    _save(folder, RobertaModel(config), tokenizer, XLMR_ROLES)


def _save(folder, model, tokenizer, roles):
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.normal_(std=0.3)
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **roles).save_pretrained(folder)
