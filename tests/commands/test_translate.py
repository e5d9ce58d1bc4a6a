"""The verb, on a tiny random model that the test makes."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BartConfig,
    BartForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from pyserini_optical.commands import main
from pyserini_optical.commands.translate import _set_languages
from pyserini_optical.errors import OpticalError
from pyserini_optical.topics import read_topics, write_topics

WORDS = ["<s>", "<pad>", "</s>", "<unk>", *(f"w{number}" for number in range(40))]
TOPICS = {"b": "w1 w2 w3 w4 w5 w6 w7", "a": "w9", "007": "w30 w31 w32", "c": "w9 w8", "d": "w17 w2 w3 w11"}


def make_tokenizer():
    core = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    core.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=32,
    )


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(5)
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = BartConfig(vocab_size=len(WORDS), max_position_embeddings=64, init_std=2.0, **sizes, **heads)
    BartForConditionalGeneration(config).save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


def translate(model_folder, tmp_path, *words):
    write_topics(tmp_path / "t.tsv", TOPICS, overwrite=True)
    files = ["--topics", str(tmp_path / "t.tsv"), "--output", str(tmp_path / "out.tsv")]
    return main(["translate", "--model", str(model_folder), "--language", "swa", *files, "--max-length", "6", *words])


def test_same_as_one_query_at_a_time_and_in_order(model_folder, tmp_path):
    assert translate(model_folder, tmp_path, "--batch-size", "2", "--beams", "2") == 0
    model, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(model_folder), AutoTokenizer.from_pretrained(model_folder)
    alone = {}
    for query, text in TOPICS.items():
        pieces = model.generate(**tokenizer(text, return_tensors="pt"), num_beams=2, max_new_tokens=6)
        alone[query] = tokenizer.decode(pieces[0], skip_special_tokens=True)
    found = read_topics(tmp_path / "out.tsv")
    assert found == alone
    assert list(found) == list(TOPICS)
    assert len(set(found.values())) > 1, "the model says the same of everything: the test could not fail"


def test_prefix_reaches_the_model(model_folder, tmp_path):
    assert translate(model_folder, tmp_path, "--prefix", "w20 w21 ") == 0
    prefixed = read_topics(tmp_path / "out.tsv")
    assert translate(model_folder, tmp_path, "--overwrite") == 0
    assert read_topics(tmp_path / "out.tsv") != prefixed


def test_output_is_not_replaced_unasked(model_folder, tmp_path, capsys):
    (tmp_path / "out.tsv").write_text("1\tmine\n")
    assert translate(model_folder, tmp_path) == 2
    assert "already exists" in capsys.readouterr().err
    assert (tmp_path / "out.tsv").read_text() == "1\tmine\n"


def test_not_a_model(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert translate(tmp_path / "empty", tmp_path) == 2
    error = capsys.readouterr().err
    assert "cannot load a sequence-to-sequence model from there" in error
    assert len(error.splitlines()) == 1


class Multilingual(PreTrainedTokenizerFast):
    src_lang = None


@pytest.mark.parametrize(
    ("pieces", "language", "target", "source", "first"),
    [
        (["swa_Latn", "mar_Deva", "eng_Latn"], "swa", "eng", "swa_Latn", "eng_Latn"),
        (["swa_Latn", "mar_Deva", "eng_Latn"], "mar", "eng", "mar_Deva", "eng_Latn"),
        (["__sw__", "__en__"], "sw", "en", "sw", "__en__"),
        (["sw_KE", "en_XX"], "sw_KE", "en_XX", "sw_KE", "en_XX"),
    ],
)
def test_languages_of_multilingual_models(pieces, language, target, source, first):
    tokenizer = Multilingual(tokenizer_object=make_tokenizer().backend_tokenizer, extra_special_tokens=pieces)
    forced = _set_languages(tokenizer, language, target)
    assert tokenizer.src_lang == source
    assert tokenizer.convert_ids_to_tokens(forced) == first
    with pytest.raises(OpticalError, match=r"language swx: the model does not know it; similar codes: .*sw"):
        _set_languages(tokenizer, "swx", target)


def test_models_of_one_pair_need_no_codes():
    assert _set_languages(make_tokenizer(), "swa", "eng") is None
