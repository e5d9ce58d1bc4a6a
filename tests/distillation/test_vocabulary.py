import pytest
from tokenizers import models

from pyserini_optical.bitext.normalisation import normalise_text
from pyserini_optical.distillation.vocabulary import gather_words, join_vocabulary, learn_vocabulary
from pyserini_optical.encoder.teacher_tokenizer import load_tokenizer
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


def test_joining_adds_the_teachers_pieces_behind_the_learned_ones(reader):
    alone = learn_vocabulary(["mto mto"] * 3, 40, reader)
    joined = join_vocabulary(alone, reader)
    assert "tanzania" not in alone.get_vocab()
    assert joined.tokenize("tanzania mto") == ["tanzania", "mto"]
    assert sorted(joined.get_vocab().values()) == list(range(len(joined)))
    assert {subword: joined.get_vocab()[subword] for subword in alone.get_vocab()} == alone.get_vocab()


def test_whole_words_leave_the_spelling_of_all_others_to_the_teacher(reader):
    words = gather_words(["mto mkubwa", "mto mdogo", "mkubwa mto"], 7, reader)
    special = [reader.pad_token, reader.unk_token, reader.cls_token, reader.sep_token, reader.mask_token]
    assert sorted(words.get_vocab(), key=words.get_vocab().get) == [*special, "mto", "mkubwa"]  # mdogo: once only
    assert [words.get_vocab()[token] for token in special] == [reader.get_vocab()[token] for token in special]
    joined = join_vocabulary(words, reader)
    assert joined.tokenize("mto tanzania") == ["mto", *reader.tokenize("tanzania")]


def test_pieces_of_another_kind_are_not_joined(reader):
    alone = learn_vocabulary(["mto mto"] * 3, 40, reader)
    reader.backend_tokenizer.model = models.Unigram([("<unk>", 0.0), ("▁tanzania", -1.0)], unk_id=0)
    assert join_vocabulary(alone, reader) is alone


def test_no_text_is_an_error(reader):
    for learn in (learn_vocabulary, gather_words):
        with pytest.raises(OpticalError, match="no text"):
            learn([], 40, reader)


def test_a_teacher_without_a_special_token_is_named(reader):
    reader.mask_token = None
    with pytest.raises(OpticalError, match="mask_token"):
        learn_vocabulary(["mto"], 40, reader)


def test_the_same_text_gives_the_same_vocabulary(reader):
    texts = [f"{a}{b}{c} {c}{a}{b}" for a in "aeiou" for b in "bdgkmn" for c in "prstwz"]
    first, *others = (learn_vocabulary(texts, 120, reader).get_vocab() for _ in range(5))
    assert all(other == first for other in others)


def test_text_that_runs_on_without_spaces_is_known_to_the_last_letter(reader):
    lines = ["ฉันรักประเทศไทยและภาษาไทย", "แม่น้ำสายนี้ยาวและลึก", "เมืองหลวงของประเทศไทยคือกรุงเทพ"]
    tokenizer = learn_vocabulary([normalise_text(line) for line in lines * 3], 400, reader)
    one, other = ("".join(lines * 4), "".join(reversed(lines * 4)))
    assert min(len(one), len(other)) > 100
    tokens = [tokenizer.tokenize(normalise_text(text)) for text in (one, other)]
    assert tokens[0] != tokens[1]
    assert "[UNK]" not in tokens[0] + tokens[1]
