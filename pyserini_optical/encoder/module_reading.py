"""How sentence-transformers reads a folder: its modules, lengths and prompts, as the author of a model wrote them.

A student can reproduce vectors that are the mean or the first of the token states, mapped by linear layers, normalised
or not. Anything else in a folder is refused by name: vectors that differ a little from those of the index would be
silently wrong.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_json, read_object

MODULES = "modules.json"
PROMPTS = "config_sentence_transformers.json"
REMEDY = "fetch the model again"
_LENGTHS = [
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
]
_ORDER = ("Transformer", "Pooling", "Dense", "LayerNorm", "Normalize")
_LEGACY = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean"}
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")


@dataclass(frozen=True)
class ModuleReading:
    """How sentence-transformers reads a folder.

    Attributes
    ----------
    layers : Path
        Folder of the transformer and its tokenizer: the model folder, or a subfolder such as `0_Transformer`.
    pooling : {"mean", "cls"}
    normalize : bool
        Vectors have length one.
    query_prefix, document_prefix : str
        Put before each query and each passage, unchanged.
    max_length : int or None
        Longest input in tokens, including special tokens; None: as far as the tokenizer and the positions allow.
    lower_case : bool
        Texts are lower-cased, whatever the tokenizer does.
    dense : tuple of Path
        Folders of the linear layers after the pooling, in order.
    norm : Path or None
        Folder of the layer norm after them.
    """

    layers: Path
    pooling: str = "mean"
    normalize: bool = False
    query_prefix: str = ""
    document_prefix: str = ""
    max_length: int | None = None
    lower_case: bool = False
    dense: tuple[Path, ...] = ()
    norm: Path | None = None


def read_modules(folder: str | Path) -> ModuleReading:
    """Read how sentence-transformers reads a folder.

    Parameters
    ----------
    folder : str or Path
        A Hugging Face folder; without sentence-transformers' files it gets that library's defaults: the mean of all
        tokens, not normalised.

    Raises
    ------
    OpticalError
        The folder needs something that a student cannot reproduce: another pooling, an activation, custom code.
    """
    folder = Path(folder)
    if not (folder / MODULES).is_file():
        return ModuleReading(folder)
    modules = [(_name_kind(folder, module), folder / module["path"]) for module in _list_modules(folder / MODULES)]
    kinds = [kind for kind, _ in modules if kind != "Dropout"]
    once = all(kinds.count(kind) == 1 for kind in _ORDER[:2]) and kinds.count("LayerNorm") <= kinds.count("Dense")
    if not once or kinds != sorted(kinds, key=_ORDER.index):
        raise OpticalError(f"{folder / MODULES}: {', '.join(kinds)}: modules in this order are not supported")
    paths = {kind: [path for own, path in modules if own == kind] for kind in _ORDER}
    layers = paths["Transformer"][0]
    lengths: dict[str, Any] = next((read_settings(layers / name) for name in _LENGTHS if (layers / name).is_file()), {})
    pooling, whole = _read_pooling(paths["Pooling"][0] / "config.json")
    if paths["LayerNorm"] and pooling != "cls":
        raise OpticalError(f"{paths['LayerNorm'][0]}: a layer norm after {pooling} pooling is not supported")
    prompts = _read_prompts(folder / PROMPTS)
    if any(prompts) and not whole:
        raise OpticalError(f"{folder / PROMPTS}: excludes the prompt's tokens from pooling, which is not supported")
    return ModuleReading(
        layers,
        pooling,
        bool(paths["Normalize"]),
        *prompts,
        max_length=lengths.get("max_seq_length"),
        lower_case=bool(lengths.get("do_lower_case")),
        dense=tuple(paths["Dense"]),
        norm=next(iter(paths["LayerNorm"]), None),
    )


def read_settings(path: Path) -> dict[str, Any]:
    """Read a JSON file of a model.

    Raises
    ------
    OpticalError
        It does not hold a JSON object.
    """
    return read_object(path, REMEDY)


def _list_modules(path: Path) -> list[dict[str, str]]:
    modules = read_json(path, REMEDY)
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        raise OpticalError(f"{path}: is not a list of modules; {REMEDY}")
    return modules


def _name_kind(folder: Path, module: dict[str, str]) -> str:
    home, _, kind = module["type"].rpartition(".")
    if not home.startswith("sentence_transformers.") or kind not in (*_ORDER, "Dropout"):
        raise OpticalError(
            f"{folder / MODULES}: the module {module['type']} is not supported; a teacher may have "
            f"{', '.join(_ORDER)} of sentence-transformers"
        )
    return kind


def _read_pooling(path: Path) -> tuple[str, bool]:
    """How tokens are pooled, and whether those of a prompt are included."""
    settings = read_settings(path)
    if "pooling_mode" in settings:
        given = settings["pooling_mode"]
        modes = [given] if isinstance(given, str) else list(given)
    else:
        chosen = [key for key, value in settings.items() if key.startswith("pooling_mode_") and value is True]
        modes = [_LEGACY.get(key, key.removeprefix("pooling_mode_")) for key in chosen] or ["mean"]
    if len(modes) != 1 or modes[0] not in ("mean", "cls"):
        raise OpticalError(
            f"{path}: pools by {' and '.join(modes)}; only teachers that take the mean or the first "
            "token (cls) are supported"
        )
    return modes[0], bool(settings.get("include_prompt", True))


def _read_prompts(path: Path) -> tuple[str, str]:
    """The prompts that `encode_query` and `encode_document` put before a text."""
    if not path.is_file():
        return "", ""
    settings = read_settings(path)
    similarity = settings.get("similarity_fn_name") or "cosine"
    if similarity not in ("cosine", "dot"):
        raise OpticalError(f"{path}: compares vectors by {similarity}; only inner products are supported")
    prompts = {name: text or "" for name, text in (settings.get("prompts") or {}).items()}
    default = prompts.get(settings.get("default_prompt_name") or "", "")
    query = prompts.get("query", default)
    document = next((prompts[name] for name in _DOCUMENT_PROMPTS if name in prompts), default)
    return query, document
