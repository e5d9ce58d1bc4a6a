"""The options of `pyserini-optical distill` are the settings of a recipe."""

import argparse
from dataclasses import fields
from typing import get_origin

from pyserini_optical.commands.distill import _override, configure
from pyserini_optical.distillation.recipe import Recipe


def test_every_setting_of_one_word_or_number_is_an_option_that_says_what_it_means():
    parser = argparse.ArgumentParser()
    configure(parser)
    options = {action.dest: action for action in parser._actions}
    settings = {entry.name for entry in fields(Recipe) if get_origin(entry.type) is not dict}
    assert settings < options.keys()
    assert options["teacher"].help == (
        f"the frozen English encoder: a folder or a Hugging Face name (default: {Recipe.teacher})"
    )
    documented = " ".join(Recipe.__doc__.replace("`", "").split()).lower()
    begins = {name: " ".join(options[name].help.split()[:3]).lower() for name in settings}
    assert [name for name, words in begins.items() if words not in documented] == []


def test_options_are_read_as_what_they_are():
    parser = argparse.ArgumentParser()
    configure(parser)
    line = "--output x --form pack --steps 7 --english-share 0.3 --layers 4 --no-join --no-trim"
    read = parser.parse_args(line.split())
    assert (read.form, read.steps, read.english_share, read.layers) == ("pack", 7, 0.3, 4)
    assert read.join is False
    assert read.trim is False
    assert read.seed is None  # not given: the recipe decides


def test_an_option_goes_before_what_a_recipe_says_of_a_single_pack():
    recipe = Recipe(bitext={"hau": ["x"]}, form="pack", language_settings={"hau": {"steps": 5, "runs": 2}})
    given = _override(recipe, {"steps": 9})
    assert (given.steps, given.language_settings) == (9, {"hau": {"runs": 2}})
