import pytest

from pyserini_optical.distillation.token_encoder import load_tokenizer
from pyserini_optical.distillation.vocabulary import learn_vocabulary
from pyserini_optical.errors import OpticalError


@pytest.fixture
def reader(teacher):
    return load_tokenizer(teacher)


def test_words_of_the_text_become_pieces_lower_cased_with_accents_kept(reader):
    tokenizer = learn_vocabulary(["Café café CAFÉ"] * 3, 40, reader)
    assert tokenizer.tokenize("CAFÉ") == ["café"]
    assert tokenizer.tokenize("cafe\u0301") == ["café"]  # NFD


def test_special_tokens_have_the_teachers_ids_and_frame_a_text(reader):
    tokenizer = learn_vocabulary(["mto mto"] * 3, 40, reader)
    assert tokenizer.pad_token_id == reader.pad_token_id
    assert tokenizer.convert_ids_to_tokens(tokenizer("mto")["input_ids"]) == ["[CLS]", "mto", "[SEP]"]
    assert tokenizer.model_max_length == 64


def test_joining_keeps_the_teachers_pieces(reader):
    alone, joined = (learn_vocabulary(["mto mto"] * 3, 40, reader, join=join) for join in (False, True))
    assert "tanzania" not in alone.get_vocab()
    assert joined.tokenize("tanzania") == ["tanzania"]
    assert joined.tokenize("mto") == ["mto"]
    assert sorted(joined.get_vocab().values()) == list(range(len(joined)))


def test_no_text_is_an_error(reader):
    with pytest.raises(OpticalError, match="no text"):
        learn_vocabulary([], 40, reader)


def test_a_teacher_without_a_special_token_is_named(reader):
    reader.mask_token = None
    with pytest.raises(OpticalError, match="mask_token"):
        learn_vocabulary(["mto"], 40, reader)


def test_the_same_text_gives_the_same_vocabulary(reader):
    texts = [f"{a}{b}{c} {c}{a}{b}" for a in "aeiou" for b in "bdgkmn" for c in "prstwz"]
    first, *others = (learn_vocabulary(texts, 120, reader).get_vocab() for _ in range(5))
    assert all(other == first for other in others)
