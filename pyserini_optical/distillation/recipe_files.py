"""Recipes as YAML files, and their validation."""

import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_origin

from pyserini_optical.bitext.readers import SCHEME, bitext_files
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_yaml, write_file
from pyserini_optical.languages import chosen_code

logger = logging.getLogger(__name__)

RENAMED = {
    "pieces": "vocab_size",
    "piece_dropout": "subword_dropout",
    "embedding_rate": "embedding_lr",
    "layer_rate": "layer_lr",
}
"""Entries of earlier versions that are still accepted in this one."""

SHARED = ("bitext", "form", "teacher", "for_index", "language_settings")
"""Settings that all packs of a recipe have in common."""


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a YAML file.

    Parameters
    ----------
    path : str or Path
        Paths of bitext files are relative to the folder of the recipe.

    Raises
    ------
    OpticalError
        The file is not YAML, or an entry is unknown, missing or of the wrong type.
    """
    return parse_recipe(read_yaml(path), Path(path))


def parse_recipe(content: Any, path: Path) -> Recipe:
    """Validate the content of a recipe file.

    Parameters
    ----------
    content : object
        Output of the YAML parser.
    path : Path
        Path of the recipe, for errors and relative paths.

    Raises
    ------
    OpticalError
        An entry is unknown, missing or of the wrong type.
    """
    if not isinstance(content, Mapping):
        raise OpticalError(f"{path}: is not a recipe, which has entries such as `bitext:` and `steps:`")
    content = _rename(content, path)
    known = {entry.name: entry for entry in fields(Recipe)}
    unknown = sorted(str(name) for name in content if name not in known)
    if unknown:
        raise OpticalError(f"{path}: unknown entry {', '.join(unknown)}; known entries are {', '.join(known)}")
    bitext = content.get("bitext")
    if not isinstance(bitext, Mapping):
        raise OpticalError(f"{path}: has no `bitext:` with a file per language, such as `swa: [swa.tsv.gz]`")
    values = dict(content)
    values["bitext"] = {
        _check_language(path, language): [_beside(path, name) for name in _check_files(path, language, names)]
        for language, names in bitext.items()
    }
    if len(values["bitext"]) < len(bitext):
        raise OpticalError(f"{path}: `bitext:` names a language twice, in two spellings; list its files once")
    for name, value in values.items():
        values[name] = _check_type(path, name, known[name].type, value)
    own = {_check_language(path, each): settings for each, settings in values.get("language_settings", {}).items()}
    values["language_settings"] = own
    for language, settings in own.items():
        if language not in values["bitext"] or not isinstance(settings, dict):
            raise OpticalError(
                f"{path}: language_settings of {language!r} must be a mapping for a language of `bitext:`"
            )
        own[language] = checked = _rename(settings, path)
        for name, value in checked.items():
            if name not in known or name in SHARED:
                raise OpticalError(f"{path}: language_settings of {language}: {name} cannot be set for a single pack")
            checked[name] = _check_type(path, name, known[name].type, value)
    return Recipe(**values)


def _rename(entries: Mapping[Any, Any], path: Path) -> dict[Any, Any]:
    """Rename entries that used to have other names, with a warning."""
    for old in RENAMED.keys() & entries.keys():
        logger.warning("%s: %s is now called %s; the old name will be removed", path, old, RENAMED[old])
    return {RENAMED.get(name, name): value for name, value in entries.items()}


def _check_language(path: Path, language: Any) -> str:
    if isinstance(language, bool):
        raise OpticalError(f"{path}: YAML reads the language code no as {language}; write 'no' in quotes, or nor")
    try:
        return chosen_code(str(language))
    except OpticalError as error:
        raise OpticalError(f"{path}: {error}") from error


def _beside(path: Path, name: str) -> str:
    """Resolve file names relative to the folder of a recipe."""
    if name.startswith(SCHEME):
        return name
    sides = [name] if (path.parent / name).exists() else name.split(",")
    return ",".join(str(path.parent / side) for side in sides)


def _check_files(path: Path, language: Any, names: Any) -> list[str]:
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed) or not listed:
        raise OpticalError(f"{path}: bitext of {language} is {names!r}; it must name a file, or a list of files")
    return listed


def _check_type(path: Path, name: str, wanted: Any, value: Any) -> Any:
    if wanted is float and isinstance(value, int | str) and not isinstance(value, bool):
        try:
            return float(value)  # YAML reads 1 as a whole number and 2e-3 as text
        except ValueError:
            pass
    kind = get_origin(wanted) or wanted
    if not isinstance(value, dict if kind is dict else wanted) or (isinstance(value, bool) and wanted is not bool):
        raise OpticalError(f"{path}: {name} is {value!r}; it must be {getattr(wanted, '__name__', wanted)}")
    return value


def _relative_to(folder: Path, name: str) -> str:
    files = bitext_files(name)
    return ",".join(os.path.relpath(each, folder) for each in files) if files else name


def write_recipe(path: str | Path, recipe: Recipe, overwrite: bool = False) -> None:
    """Write a recipe as YAML, with paths of bitext files relative to its folder where possible."""
    import yaml

    content = asdict(recipe)
    content["bitext"] = {
        language: [_relative_to(Path(path).resolve().parent, name) for name in names]
        for language, names in recipe.bitext.items()
    }
    with write_file(path, overwrite=overwrite) as file:
        yaml.safe_dump(content, file, sort_keys=False, allow_unicode=True)
