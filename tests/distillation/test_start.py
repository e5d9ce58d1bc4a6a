"""Students of other families, widths and poolings, and what a preset leaves in `optical.json`."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyserini_optical.bitext import Pair
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.setup import set_up
from pyserini_optical.distillation.start import draw_english
from pyserini_optical.encoder import load_query_encoder, read_checkpoint
from pyserini_optical.errors import OpticalError
from tests.distillation.students import make_mbert, make_xlmr
from tests.tiny import ENGLISH_WORDS, make_teacher

BGE = "msmarco-v1-passage.bge-base-en-v1.5"


@pytest.mark.parametrize(("make", "width"), [(make_mbert, 16), (make_xlmr, 24)])
def test_any_encoder_becomes_a_student(recipe, tmp_path, make, width):
    (tmp_path / "start").mkdir()
    make(tmp_path / "start", width)
    recipe = replace(recipe, form="student", start=str(tmp_path / "start"), frozen="none", steps=4, layer_lr=1e-3)
    list(distill(recipe, tmp_path / "student"))
    ours = load_query_encoder(str(tmp_path / "student")).encode("mji mkuu wa kenya")
    assert ours.shape == (16,)

    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(tmp_path / "student"), device="cpu").encode("mji mkuu wa kenya")
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert (tmp_path / "student" / "2_Dense").exists() == (width != 16)


def test_a_preset_reaches_the_loss_the_validation_and_the_checkpoint(recipe, tmp_path):
    recipe = replace(recipe, for_index=BGE, steps=2, loss="pooled")
    setup = set_up(recipe)
    assert setup.loss.pooling == setup.student.pooling == setup.teacher.encoder.pooling == "cls"
    list(distill(recipe, tmp_path / "packs"))
    checkpoint = read_checkpoint(tmp_path / "packs")
    assert (checkpoint.pooling, checkpoint.normalize, checkpoint.max_length) == ("cls", True, 64)
    assert checkpoint.query_prefix == "Represent this sentence for searching relevant passages: "
    assert checkpoint.teacher.name == recipe.teacher  # a folder that holds it
    prefix = setup.teacher.tokenizer(checkpoint.query_prefix, add_special_tokens=False)["input_ids"]
    assert all(ids[1 : 1 + len(prefix)] == prefix for ids in setup.english["swa"].ids)


def test_a_template_frames_both_sides_and_is_kept_in_the_vocabulary(recipe, teacher, tmp_path):
    folder = tmp_path / "tct"
    make_teacher(folder, words=[*ENGLISH_WORDS, "[", "q", "]"])
    shutil.copy(teacher / "tokenizer_config.json", folder)
    recipe = replace(recipe, teacher=str(folder), for_index="msmarco-v1-passage.tct_colbert-v2", steps=2)
    setup = set_up(recipe)
    for tokens, reader in ((setup.foreign, setup.tokenizer), (setup.english, setup.teacher.tokenizer)):
        assert {len(ids) for ids in tokens["swa"].ids} == {36}
        assert reader.convert_ids_to_tokens(tokens["swa"].ids[0])[:4] == ["[CLS]", "[", "q", "]"]
        assert reader.convert_ids_to_tokens(tokens["swa"].ids[0])[-1] == "[MASK]"
    list(distill(recipe, tmp_path / "packs"))
    encoder = load_query_encoder(str(tmp_path / "packs" / "swa"))
    assert encoder.tokens("mji mkuu")[:4] == ["[CLS]", "[", "q", "]"]
    assert encoder.checkpoint.max_length == 36


def test_a_student_cannot_start_from_pickled_or_missing_weights(recipe, tmp_path):
    with pytest.raises(OpticalError, match="neither a folder nor"):
        set_up(replace(recipe, form="student", start=str(tmp_path / "nowhere")))


def test_monolingual_batches_hold_the_teachers_text_on_both_sides(recipe):
    setup = set_up(replace(recipe, form="student", join=True, english_share=0.5, steps=30))
    batches = setup.plan(replace(recipe, english_share=0.5, steps=30))
    shares = [batch.english for batch in batches.plan]
    assert 5 < sum(shares) < 25
    for number, english in enumerate(shares):
        item = batches[number]
        read = setup.tokenizer.batch_decode(item["student"]["input_ids"], skip_special_tokens=True)
        right = setup.teacher.tokenizer.batch_decode(item["teacher"]["input_ids"], skip_special_tokens=True)
        words = [text.rstrip("0123456789 ") for text in read]  # the tiny teacher knows no numbers
        assert (words == right) == english


def test_a_student_that_keeps_english_splits_it_as_its_teacher_does(recipe):
    english = "the capital of tanzania is dodoma"
    for share, form in ((0.3, "student"), (0.0, "pack")):
        setup = set_up(replace(recipe, form=form, english_share=share))
        splits_alike = setup.tokenizer.tokenize(english) == setup.teacher.tokenizer.tokenize(english)
        assert splits_alike == (share > 0)


def test_english_is_drawn_in_proportion_and_the_same_every_time():
    pairs = [Pair(f"english {n}", f"foreign {n}", "test", n) for n in range(70)]
    drawn = draw_english(pairs, 0.3, seed=1)
    assert len(drawn) == 30  # of 100 then
    assert all(pair.foreign == pair.english for pair in drawn)
    assert drawn == draw_english(pairs, 0.3, seed=1)
    assert len(draw_english(pairs, 0.9, seed=1)) == 70
    assert draw_english(pairs, 0.0, seed=1) == []


def test_languages_are_drawn_by_temperature(recipe, tmp_path):
    lines = Path(recipe.bitext["swa"][0]).read_text(encoding="utf-8").replace("\tswa\n", "\tsom\n").splitlines()
    (tmp_path / "som.tsv").write_text("\n".join(lines[:17]) + "\n", encoding="utf-8")
    both = {**recipe.bitext, "som": [str(tmp_path / "som.tsv")]}
    recipe = replace(recipe, bitext=both, form="student", steps=400, batch_size=4, held_out=1)
    setup = set_up(recipe)
    pairs = setup.pairs

    def share(temperature):
        plan = setup.plan(replace(recipe, temperature=temperature)).plan
        return np.mean([batch.language == "som" for batch in plan])

    assert share(0.0) == pytest.approx(0.5, abs=0.07)
    assert share(1.0) == pytest.approx(pairs["som"] / sum(pairs.values()), abs=0.07)
