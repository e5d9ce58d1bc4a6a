from pathlib import Path

import pytest

from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.recipe_files import read_recipe, write_recipe
from pyserini_optical.errors import OpticalError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_comes_back_as_it_was_written(tmp_path):
    recipe = Recipe(bitext={"swa": [str(tmp_path / "swa.tsv.gz")]}, steps=7, embedding_lr=2e-3, layers=2)
    write_recipe(tmp_path / "recipe.yaml", recipe)
    assert read_recipe(tmp_path / "recipe.yaml") == recipe


def test_bitext_is_named_relative_to_the_recipe(tmp_path):
    path = write(tmp_path, "bitext:\n  swa: data/swa.tsv\n")
    assert read_recipe(path).bitext == {"swa": [str(tmp_path / "data/swa.tsv")]}


def test_yaml_may_write_rates_as_1_or_2e_3(tmp_path):
    path = write(tmp_path, "bitext: {swa: a.tsv}\nembedding_lr: 2e-3\nenglish_share: 1\n")
    assert read_recipe(path).embedding_lr == 0.002
    assert read_recipe(path).english_share == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- swa", "not a recipe"),
        ("steps: 3", "bitext"),
        ("bitext: {swa: a.tsv}\nstep: 3", "unknown entry step"),
        ("bitext: {swa: a.tsv}\nsteps: many", "steps is 'many'"),
        ("bitext: {swa: a.tsv}\nsteps: true", "steps is True"),
        ("bitext: {swa: a.tsv}\njoin: 1", "join is 1"),
        ("bitext: {swa: a.tsv}\nenglish_share: 2", "english_share is 2"),
        ("bitext: {swa: a.tsv}\nprecision: int8", "precision is 'int8'"),
        ("bitext: {swa: a.tsv}\nform: pack\nfrozen: none", "a pack keeps"),
        ("bitext: {swa: a.tsv", "not YAML"),
        ("bitext: !!python/object/apply:os.system ['true']", "not YAML"),
        ("bitext: {swa: a.tsv}\nlanguage_settings: {swa: {runs: 2}}\n", "apply only to packs"),
        (
            "bitext: {swa: a.tsv}\nform: pack\nlanguage_settings: {hau: {runs: 2}}\n",
            "'hau' must be a mapping",
        ),
        ("bitext: {swa: a.tsv}\nform: pack\nlanguage_settings: {swa: {teacher: x}}\n", "teacher cannot be set"),
        ("bitext: {swa: a.tsv}\nform: pack\nlanguage_settings: {swa: {runs: many}}\n", "runs is 'many'"),
        ("bitext: {swa: a.tsv}\nruns: 0\n", "runs is 0; it must be at least 1"),
        ("bitext: {swa: a.tsv}\nsubword_dropout: 2\n", "subword_dropout is 2.0; it must lie between 0 and 1"),
        ("bitext: {swa: a.tsv}\nsubword_dropout: .1\nstart: xlmr\n", "start must be warm"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path, text, words):
    with pytest.raises(OpticalError, match=words) as caught:
        read_recipe(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_languages_in_any_spelling_and_bitext_of_every_kind(tmp_path):
    text = "bitext: {Swahili: ['a.en,a.sw', 'hf:some/pairs:en-sw']}\nform: pack\nlanguage_settings: {sw: {runs: 2}}\n"
    path = write(tmp_path, text)
    recipe = read_recipe(path)
    assert recipe.bitext == {"swa": [f"{tmp_path / 'a.en'},{tmp_path / 'a.sw'}", "hf:some/pairs:en-sw"]}
    assert recipe.language_settings == {"swa": {"runs": 2}}
    write_recipe(tmp_path / "again.yaml", recipe)
    assert read_recipe(tmp_path / "again.yaml") == recipe


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bitext: {no: a.tsv}", "YAML reads the language code no as False; write 'no' in quotes"),
        ("bitext: {7: a.tsv}", "language '7' is not known"),
        ("bitext: {../up: a.tsv}", "language '../up' is not known"),
        ("bitext: {sw: a.tsv, swa: b.tsv}", "names a language twice"),
        ("bitext: {swa: a.tsv, som: b.tsv}\nforeign: target\n", "foreign names the column of one language"),
    ],
)
def test_languages_that_cannot_be_meant(tmp_path, text, words):
    with pytest.raises(OpticalError, match=words):
        read_recipe(write(tmp_path, text))
