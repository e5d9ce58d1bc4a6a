from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.distillation.corpus import tokenise
from pyserini_optical.distillation.subword_dropout import prepare_dropout
from pyserini_optical.distillation.vocabulary import wrap_vocabulary
from pyserini_optical.encoder.teacher_tokenizer import load_tokenizer

PIECES = [
    "m",
    "##m",
    "##j",
    "##i",
    "##ji",
    "##kuu",
    "##k",
    "##u",
    "mji",
    "mjini",
    "##n",
    "n",
    "##ni",
    "i",
    "j",
    "k",
    "u",
]


@pytest.fixture(scope="module")
def tokenizer(teacher):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return wrap_vocabulary({subword: n for n, subword in enumerate([*special, *PIECES])}, load_tokenizer(teacher))


def texts_of(tokens, tokenizer):
    return [tokenizer.decode([each for each in ids if each not in tokens.special]) for ids in tokens.ids]


@given(words=st.lists(st.text("mjinku", min_size=1, max_size=9), min_size=1, max_size=6))
def test_without_dropout_words_are_split_as_the_tokenizer_splits_them(words, tokenizer):
    text = " ".join(words)
    tokens = tokenise([text], tokenizer, 40)
    same = prepare_dropout([text], tokenizer, 40, 0.0).vary(tokens, [0], np.random.default_rng(0))
    assert same.ids == tokens.ids


@given(words=st.lists(st.text("mjinku", min_size=1, max_size=9), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_with_dropout_the_pieces_still_spell_the_text(words, seed, tokenizer):
    text = " ".join(words)
    tokens = tokenise([text], tokenizer, 99)
    varied = prepare_dropout([text], tokenizer, 99, 0.5).vary(tokens, [0], np.random.default_rng(seed))
    assert texts_of(varied, tokenizer) == texts_of(tokens, tokenizer) == [text]
    assert (varied.ids[0][0], varied.ids[0][-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)


def test_a_match_is_left_out_as_often_as_asked(tokenizer):
    dropout, random = prepare_dropout(["mji"], tokenizer, 9, 0.25), np.random.default_rng(1)
    counts = Counter(tuple(tokenizer.convert_ids_to_tokens(dropout.split("mji", random))) for _ in range(4000))
    # mji with 3/4; of what is left `m`, then ##ji with 3/4, or letter by letter.
    assert counts[("mji",)] / 4000 == pytest.approx(0.75, abs=0.03)
    assert counts[("m", "##ji")] / 4000 == pytest.approx(0.25 * 0.75, abs=0.03)
    assert counts[("m", "##j", "##i")] / 4000 == pytest.approx(0.25 * 0.25, abs=0.03)


def test_only_the_rows_asked_for_are_split_and_cut(tokenizer):
    texts = ["mji", "mjini mji mji mji", "xyz mji"]
    tokens = tokenise(texts, tokenizer, 5)
    varied = prepare_dropout(texts, tokenizer, 5, 1.0).vary(tokens, [1, 2], np.random.default_rng(0))
    subwords = [tokenizer.convert_ids_to_tokens(ids) for ids in varied.ids]
    assert subwords == [["[CLS]", "m", "##j", "##i", "[SEP]"], ["[CLS]", "[UNK]", "m", "##j", "[SEP]"]]
