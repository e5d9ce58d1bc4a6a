import json
import shutil
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from pyserini_optical.bitext import Pair
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.setup import weigh_sources
from pyserini_optical.distillation.trainer import DistillationTrainer
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder
from pyserini_optical.distillation.validation import HeldOut, reciprocal_rank
from pyserini_optical.encoder import (
    OpticalDocumentEncoder,
    find_student,
    load_query_encoder,
    read_checkpoint,
    teacher_folder,
)
from pyserini_optical.encoder.export import export_student
from pyserini_optical.encoder.loading import load_language_identifier
from pyserini_optical.errors import OpticalError
from tests.tiny import ENGLISH_WORDS, make_teacher


def rows(folder):
    return load_file(folder / "swa" / "embeddings.safetensors")["rows"]


def test_a_pack_is_there_before_training_and_better_after(recipe, tmp_path):
    outcomes = list(distill(replace(recipe, steps=40), tmp_path / "packs"))
    assert [outcome.steps for outcome in outcomes] == [0, 40]
    assert outcomes[1].pairs == {"swa": 58}  # 64 less the 6 held out
    log = (tmp_path / "packs.training" / "swa" / "log.csv").read_text(encoding="utf-8")
    losses = [float(line.split(",")[2]) for line in log.splitlines() if line.split(",")[1] == "loss"]
    assert losses[-1] < 0.7 * losses[0]
    encoder = load_query_encoder(str(tmp_path / "packs" / "swa"))
    assert encoder.encode("mji mkuu wa kenya").shape == (16,)


@pytest.mark.parametrize(("runs", "stopped"), [(1, 6), (2, 5), (2, 14)])
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(runs, stopped, recipe, tmp_path, monkeypatch):
    recipe = replace(recipe, runs=runs, subword_dropout=0.2 * (runs - 1))
    list(distill(recipe, tmp_path / "whole"))

    step = DistillationTrainer.training_step
    seen = []

    def stop(self, *arguments, **options):
        seen.append(1)
        if len(seen) == stopped:
            raise KeyboardInterrupt
        return step(self, *arguments, **options)

    monkeypatch.setattr(DistillationTrainer, "training_step", stop)
    with pytest.raises(KeyboardInterrupt):
        list(distill(recipe, tmp_path / "parts"))
    monkeypatch.setattr(DistillationTrainer, "training_step", step)
    list(distill(recipe, tmp_path / "parts"))

    final = "packs.training/swa/checkpoint-8/model.safetensors".replace("packs", "{}")
    whole, parts = (load_file(tmp_path / final.format(name)) for name in ("whole", "parts"))
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)
    assert np.array_equal(rows(tmp_path / "whole"), rows(tmp_path / "parts"))


def test_the_weights_of_several_runs_are_averaged(recipe, tmp_path):
    *_, outcome = distill(replace(recipe, runs=2), tmp_path / "packs")
    assert outcome.steps == 16
    training = tmp_path / "packs.training" / "swa"
    first, second = (load_file(training / f"{run}checkpoint-8/model.safetensors") for run in ("", "run-2/"))
    name = "model.embeddings.word_embeddings.weight"
    assert (first[name] != second[name]).any()
    kept, scales = (
        load_file(tmp_path / "packs" / "swa" / "embeddings.safetensors")[part] for part in ("rows", "scales")
    )
    assert kept * scales.reshape(-1, 1) == pytest.approx((first[name] + second[name]) / 2, abs=float(scales.max()))

    list(distill(recipe, tmp_path / "single"))
    single = load_file(tmp_path / "single.training/swa/checkpoint-8/model.safetensors")
    assert np.array_equal(single[name], first[name])


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(recipe, tmp_path, capsys, monkeypatch, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    list(distill(recipe, tmp_path / "packs"))
    shown = capsys.readouterr().err
    assert ("8/8" in shown) == terminal
    assert terminal or not shown


def test_subword_dropout_changes_what_is_learned_and_not_where_it_starts(recipe, tmp_path):
    plain, varied = (
        list(distill(replace(recipe, subword_dropout=share), tmp_path / f"{share}")) for share in (0.0, 0.5)
    )
    assert plain[0].before == varied[0].before
    assert (rows(tmp_path / "0.0") != rows(tmp_path / "0.5")).any()


def test_a_pack_may_have_settings_of_its_own(recipe, tmp_path):
    *_, outcome = distill(replace(recipe, language_settings={"swa": {"runs": 2, "steps": 3}}), tmp_path / "packs")
    assert outcome.steps == 6


def test_the_same_seed_gives_the_same_student_and_another_another(recipe, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        list(distill(replace(recipe, seed=seed), tmp_path / name))
    assert np.array_equal(rows(tmp_path / "a"), rows(tmp_path / "b"))
    assert (
        rows(tmp_path / "a").shape != rows(tmp_path / "c").shape or (rows(tmp_path / "a") != rows(tmp_path / "c")).any()
    )


def test_frozen_layers_stay_the_teachers(recipe, tmp_path):
    list(distill(recipe, tmp_path / "packs"))
    trained = load_file(tmp_path / "packs.training/swa/checkpoint-8/model.safetensors")
    teacher = load_file(teacher_folder(recipe.teacher) / "model.safetensors")
    layers = [name for name in teacher if name.startswith("encoder.")]
    assert layers
    assert all(np.array_equal(trained[f"model.{name}"], teacher[name]) for name in layers)


def test_an_ordinary_student_trains_its_layers_and_loads_by_its_folder(recipe, tmp_path):
    recipe = replace(recipe, form="student", frozen="none", join=True, english_share=0.5, layer_lr=1e-3)
    (outcome,) = distill(recipe, tmp_path / "student")
    checkpoint = read_checkpoint(tmp_path / "student")
    assert checkpoint.kind == "student"
    assert checkpoint.notes["steps"] == outcome.steps == 8
    trained = load_file(tmp_path / "student" / "model.safetensors")
    teacher = load_file(teacher_folder(recipe.teacher) / "model.safetensors")
    assert (trained["encoder.layer.0.output.dense.weight"] != teacher["encoder.layer.0.output.dense.weight"]).any()
    assert load_query_encoder(str(tmp_path / "student")).encode("what is the capital").shape == (16,)


def test_a_finished_student_is_not_replaced_unasked(recipe, tmp_path):
    list(distill(replace(recipe, steps=0), tmp_path / "packs"))
    with pytest.raises(OpticalError, match="already has packs for swa; pass --overwrite"):
        list(distill(replace(recipe, steps=0), tmp_path / "packs"))


@contextmanager
def killed_after(monkeypatch, steps):
    """Interrupt training before a step."""
    step, seen = DistillationTrainer.training_step, []

    def stop(self, *arguments, **options):
        seen.append(1)
        if len(seen) > steps:
            raise KeyboardInterrupt
        return step(self, *arguments, **options)

    with monkeypatch.context() as context:
        context.setattr(DistillationTrainer, "training_step", stop)
        with suppress(KeyboardInterrupt):
            yield
    assert len(seen) > steps


@pytest.fixture
def count_steps(monkeypatch):
    """How many steps are taken from now on."""
    step, seen = DistillationTrainer.training_step, []

    def count(self, *arguments, **options):
        seen.append(1)
        return step(self, *arguments, **options)

    monkeypatch.setattr(DistillationTrainer, "training_step", count)
    return seen


def correct(bitext):
    bitext.write_text(bitext.read_text(encoding="utf-8").replace("mto 7", "mto mrefu 7"), encoding="utf-8")


@pytest.mark.parametrize("form", ["pack", "student"])
def test_the_same_command_goes_on_after_a_kill(form, recipe, tmp_path, monkeypatch, count_steps):
    recipe = replace(recipe, form=form, report_to="none")
    with killed_after(monkeypatch, 6):
        list(distill(recipe, tmp_path / "out"))
    count_steps.clear()
    *_, outcome = distill(replace(recipe, bad_steps=3), tmp_path / "out")  # what changes no weight may change
    assert (outcome.steps, len(count_steps)) == (8, 4)
    with pytest.raises(OpticalError, match=r"already .*; pass --overwrite"):
        list(distill(recipe, tmp_path / "out"))


def test_a_killed_command_that_replaces_goes_on_too(recipe, tmp_path, monkeypatch, count_steps):
    list(distill(recipe, tmp_path / "packs"))
    with killed_after(monkeypatch, 6):
        list(distill(recipe, tmp_path / "packs", overwrite=True))
    count_steps.clear()
    list(distill(recipe, tmp_path / "packs", overwrite=True))
    assert len(count_steps) == 4


def test_what_is_replaced_is_made_anew(recipe, tmp_path, count_steps):
    for _ in range(2):
        list(distill(recipe, tmp_path / "packs", overwrite=True))
        assert len(count_steps) == 8
        count_steps.clear()


CHANGES = {
    "steps": lambda recipe, minutes: (replace(recipe, steps=9), minutes),
    "minutes": lambda recipe, minutes: (recipe, 0.02),
    "bitext of swa": lambda recipe, minutes: (correct(Path(recipe.bitext["swa"][0])) or recipe, minutes),
    "teacher": lambda recipe, minutes: (replace(recipe, teacher=recipe.teacher + "-other"), minutes),
}


@pytest.mark.parametrize(("changed", "finished"), [*((name, False) for name in CHANGES), ("bitext of swa", True)])
def test_a_run_goes_on_from_nothing_that_was_made_from_something_else(
    changed, finished, recipe, teacher, tmp_path, monkeypatch, count_steps
):
    copied = shutil.copytree(teacher, tmp_path / "teacher")
    make_teacher(tmp_path / "teacher-other", words=ENGLISH_WORDS[::-1])
    shutil.copy(teacher / "tokenizer_config.json", tmp_path / "teacher-other")
    recipe = replace(recipe, teacher=str(copied))
    if finished:
        list(distill(recipe, tmp_path / "packs"))
        shutil.rmtree(tmp_path / "packs")
    else:
        with killed_after(monkeypatch, 6):
            list(distill(recipe, tmp_path / "packs"))
    other, minutes = CHANGES[changed](recipe, None)
    with pytest.raises(OpticalError, match=rf"another run \(with different .*{changed}.*--overwrite to start over"):
        list(distill(other, tmp_path / "packs", minutes=minutes))
    count_steps.clear()
    *_, outcome = distill(other, tmp_path / "packs", overwrite=True, minutes=minutes)
    assert len(count_steps) == outcome.steps  # none was taken over


def test_bitext_and_teacher_are_known_by_what_they_hold_wherever_they_lie(
    recipe, teacher, bitext, tmp_path, monkeypatch, count_steps
):
    with killed_after(monkeypatch, 6):
        list(distill(recipe, tmp_path / "packs"))
    (tmp_path / "moved").mkdir()
    moved = shutil.copy(bitext, tmp_path / "moved" / "swa.tsv")
    count_steps.clear()
    elsewhere = replace(recipe, bitext={"swa": [str(moved)]}, teacher=str(shutil.copytree(teacher, tmp_path / "t")))
    list(distill(elsewhere, tmp_path / "packs"))
    assert len(count_steps) == 4


def test_checkpoints_of_which_nothing_is_known_are_not_gone_on_with(recipe, tmp_path):
    folder = tmp_path / "packs.training" / "swa"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text("bitext: {swa: other.tsv}\n", encoding="utf-8")
    with pytest.raises(OpticalError, match="do not record their settings"):
        list(distill(recipe, tmp_path / "packs"))
    assert (folder / "recipe.yaml").is_file()
    list(distill(recipe, tmp_path / "packs", overwrite=True))


@pytest.mark.parametrize("side", ["teacher", "student"])
def test_a_state_that_is_no_number_skips_its_step(side, recipe, tmp_path, monkeypatch):
    compute, forward, spoiled = DistillationTrainer.compute_loss, TransformerEncoder.forward, []

    def spoil_some(self, model, inputs, *arguments, **options):
        spoiled[:] = [self.teacher if side == "teacher" else model] if int(inputs["number"]) in (2, 5) else []
        return compute(self, model, inputs, *arguments, **options)

    def spoil(self, **inputs):
        found = forward(self, **inputs)
        return replace(found, states=found.states * float("nan")) if self in spoiled else found

    monkeypatch.setattr(DistillationTrainer, "compute_loss", spoil_some)
    monkeypatch.setattr(TransformerEncoder, "forward", spoil)
    *_, outcome = distill(recipe, tmp_path / "packs")
    assert (outcome.steps, outcome.skipped) == (8, 2)
    assert np.isfinite(load_query_encoder(str(tmp_path / "packs" / "swa")).encode("mji")).all()


def test_a_vector_that_is_no_number_finds_nothing():
    vectors = torch.eye(3)
    assert reciprocal_rank(vectors, vectors) == 1.0
    assert reciprocal_rank(torch.tensor([[float("nan")] * 3]), vectors) == pytest.approx(1 / 3)


def test_a_loss_that_is_not_finite_skips_the_step_and_too_many_stop_the_run(recipe, tmp_path, monkeypatch):
    compute = DistillationTrainer.compute_loss

    def spoil_some(self, model, inputs, *arguments, **options):
        loss = compute(self, model, inputs, *arguments, **options)
        return loss * float("nan") if int(inputs["number"]) in bad else loss

    monkeypatch.setattr(DistillationTrainer, "compute_loss", spoil_some)
    bad = {2, 5}
    *_, outcome = distill(recipe, tmp_path / "packs")
    assert outcome.skipped == 2
    assert np.isfinite(load_query_encoder(str(tmp_path / "packs" / "swa")).encode("mji")).all()

    bad = set(range(100))
    with pytest.raises(OpticalError, match="lower the learning rates"):
        list(distill(replace(recipe, bad_steps=3), tmp_path / "bad"))
    skipped = (tmp_path / "bad.training" / "swa" / "skipped.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(skipped) == 4
    assert json.loads(skipped[0])["step"] == 0


def test_a_time_budget_becomes_a_number_of_steps_that_is_kept(recipe, tmp_path):
    *_, outcome = distill(recipe, tmp_path / "packs", minutes=0.01)
    budget = json.loads((tmp_path / "packs.training" / "swa" / "budget.json").read_text(encoding="utf-8"))
    assert outcome.steps == budget["steps"] >= 1
    assert read_checkpoint(tmp_path / "packs").languages["swa"].notes["steps"] == budget["steps"]


def test_training_stops_when_it_no_longer_helps_and_keeps_the_best(recipe, tmp_path, monkeypatch):
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])
    saved = []
    measure = HeldOut.measure

    def fall_after_the_second(self, student):
        saved.append(student.embeddings.weight.detach().clone())
        return {**measure(self, student), "mrr": next(scores)}

    monkeypatch.setattr(HeldOut, "measure", fall_after_the_second)
    recipe = replace(recipe, steps=40, evaluate_every=2, patience=2, form="student", report_to="tensorboard")
    (outcome,) = distill(recipe, tmp_path / "student")
    assert outcome.steps == 6  # the warm start, step 2 (the best), 4, 6
    table = load_file(tmp_path / "student" / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert np.array_equal(table, saved[1].numpy())
    assert list((tmp_path / "student.training").rglob("events.out.tfevents.*"))


def test_bitext_of_which_nothing_is_left_is_an_error(recipe, tmp_path):
    empty = tmp_path / "empty.tsv"
    empty.write_text("source\tid\teng\tswa\n", encoding="utf-8")
    with pytest.raises(OpticalError, match=r"no usable swa"):
        list(distill(replace(recipe, bitext={"swa": [str(empty)]}), tmp_path / "packs"))


def test_pairs_of_a_weighted_source_are_taken_so_many_times():
    pairs = [Pair("a", "b", "news", 1), Pair("c", "d", "questions", 2), Pair("e", "f", "words", 3)]
    weighed = weigh_sources(pairs, {"questions": 3, "words": 0})
    assert [pair.line for pair in weighed] == [1, 2, 2, 2]
    with pytest.raises(OpticalError, match="news"):
        weigh_sources(pairs, {"news": 0.5})


def test_a_name_that_the_bitext_does_not_hold_is_read_as_the_teacher_reads_it(recipe, teacher, tmp_path):
    list(distill(replace(recipe, steps=0), tmp_path / "packs"))
    list(distill(replace(recipe, steps=0, join=False), tmp_path / "alone"))
    name = ["first largest"]  # English words that no Swahili sentence holds
    joined, alone = (load_query_encoder(str(tmp_path / each / "swa")) for each in ("packs", "alone"))
    wanted = OpticalDocumentEncoder(str(tmp_path / "packs")).encode(name)
    np.testing.assert_allclose(joined.encode_batch(name), wanted, atol=0.01)  # special tokens are kept in int8
    assert np.abs(alone.encode_batch(name) - wanted).max() > 0.05
    exported = export_student(str(tmp_path / "packs"), tmp_path / "exported", "swa")
    np.testing.assert_allclose(
        load_query_encoder(str(exported)).encode_batch(name), joined.encode_batch(name), atol=1e-5
    )


def test_languages_added_one_by_one_are_told_apart_by_the_folder(recipe, tmp_path):
    folder = tmp_path / "packs"
    list(distill(replace(recipe, steps=0), folder))
    somali = ["magaalada ugu weyn waa tee", "dhakhtarkii ugu horreeyay yuu ahaa", "wabiga dheer", "haro weyn"] * 8
    lines = [f"the answer {number}\t{text} {number}\n" for number, text in enumerate(somali)]
    (tmp_path / "som.tsv").write_text("eng\tsom\n" + "".join(lines), encoding="utf-8")
    list(distill(replace(recipe, bitext={"som": [str(tmp_path / "som.tsv")]}, steps=2), folder))

    encoder, identifier = load_query_encoder(str(folder)), load_language_identifier(find_student(folder))
    assert identifier.languages == ["swa", "som", "eng"]
    for language, texts in (("swa", ["mji mkuu wa kenya", "daktari wa kwanza"]), ("som", somali[:3])):
        assert [identifier.identify(text) for text in texts] == [language] * len(texts)
        alone = load_query_encoder(str(folder / language))
        np.testing.assert_allclose(encoder.encode_batch(texts), alone.encode_batch(texts), atol=1e-6)
