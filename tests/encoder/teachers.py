"""Small checkpoints in the layouts of the teachers that Pyserini has indexes of."""

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizerFast,
    DistilBertConfig,
    DistilBertModel,
    DPRConfig,
    DPRQuestionEncoder,
    MPNetConfig,
    MPNetModel,
    MPNetTokenizer,
    RobertaConfig,
    RobertaTokenizer,
)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "what is the capital of kenya river who was first doctor represent this sentence for searching relevant passages"
)
VOCABULARY = [*SPECIAL, "[", "]", "q", "d", ":", "?", *WORDS.split(), *"abcdefghijklmnoprstuvwxyz", "##a", "##s"]
QUERIES = ["What is the capital of Kenya?", "river", "who was the first doctor " * 9]
WIDTH = 16
BERT = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 70,
}


def make_bert(folder):
    torch.manual_seed(1)
    _spread(BertModel(BertConfig(vocab_size=len(VOCABULARY), **BERT))).save_pretrained(folder)
    write_wordpiece(folder)


def make_cased_bert(folder):
    """BERT that tells capitals from small letters, with names under a capital alone."""
    vocabulary = [*SPECIAL, "Kenya", "Doctor", "The", "What", *VOCABULARY[len(SPECIAL) :]]
    vocabulary.remove("kenya")
    torch.manual_seed(7)
    _spread(BertModel(BertConfig(vocab_size=len(vocabulary), **BERT))).save_pretrained(folder)
    path = folder / "vocab.txt"
    path.write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizerFast(vocab=str(path), model_max_length=70, do_lower_case=False).save_pretrained(folder)


def make_distilbert(folder):
    torch.manual_seed(2)
    sizes = {"dim": WIDTH, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 70}
    _spread(DistilBertModel(DistilBertConfig(vocab_size=len(VOCABULARY), **sizes))).save_pretrained(folder)
    write_wordpiece(folder)


def make_dpr(folder):
    torch.manual_seed(3)
    _spread(DPRQuestionEncoder(DPRConfig(vocab_size=len(VOCABULARY), **BERT))).save_pretrained(folder)
    write_wordpiece(folder)


def make_cosdpr(folder):
    from pyserini.encode import CosDprEncoder

    torch.manual_seed(4)
    _spread(CosDprEncoder(BertConfig(vocab_size=len(VOCABULARY), **BERT))).save_pretrained(folder)
    write_wordpiece(folder)


def make_ance(folder):
    from pyserini.encode import AnceEncoder

    folder.mkdir(exist_ok=True)
    bpe = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe.train_from_iterator(QUERIES, vocab_size=300, special_tokens=special, show_progress=False)
    bpe.save_model(str(folder))
    tokenizer = RobertaTokenizer.from_pretrained(folder, model_max_length=70)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(5)
    config = RobertaConfig(vocab_size=len(tokenizer), **BERT | {"max_position_embeddings": 74})
    _spread(AnceEncoder(config)).save_pretrained(folder)


def make_mpnet(folder):
    """MPNet: positions counted from the padding token's id, special tokens written as RoBERTa's."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    path = folder / "vocab.txt"
    path.write_text("\n".join([*special, *VOCABULARY, "<mask>"]) + "\n", encoding="utf-8")
    MPNetTokenizer(vocab=str(path), model_max_length=70).save_pretrained(folder)
    torch.manual_seed(6)
    config = MPNetConfig(vocab_size=len(VOCABULARY) + 5, **BERT | {"max_position_embeddings": 72})
    _spread(MPNetModel(config)).save_pretrained(folder)


def write_wordpiece(folder):
    path = folder / "vocab.txt"
    path.write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    BertTokenizerFast(vocab=str(path), model_max_length=70).save_pretrained(folder)


def _spread(model):
    """Weights large enough for every token to matter."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.normal_(std=0.3)
    return model.eval()
