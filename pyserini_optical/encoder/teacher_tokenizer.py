"""A teacher's tokenizer as transformers builds it, and how many tokens the teacher can read."""

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, normalizers

from pyserini_optical.encoder.module_reading import ModuleReading, read_modules, read_settings
from pyserini_optical.errors import OpticalError

TOKENIZER = "tokenizer.json"
SETTINGS = "tokenizer_config.json"
LONGEST = 512
_PLAIN = ("PreTrainedTokenizerFast", "TokenizersBackend")
# Models that count positions from the padding token's id.
_OFFSET = frozenset(
    ("camembert", "data2vec-text", "ibert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl", "xmod")
)


def load_tokenizer(folder: str | Path) -> Any:
    """Load a tokenizer through transformers.

    Parameters
    ----------
    folder : str or Path
        Folder of a teacher or another model.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        Its `model_max_length` is the longest input of the model.

    Raises
    ------
    OpticalError
        There is no tokenizer, or not one that the `tokenizers` library can run.
    """
    from transformers import AutoTokenizer

    reading = read_modules(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(reading.layers), local_files_only=True, use_fast=True)
        backend = tokenizer.backend_tokenizer
        if len(tokenizer) <= len(tokenizer.all_special_tokens):  # without a file transformers makes an empty one
            raise FileNotFoundError(f"there is neither {TOKENIZER} nor a vocabulary")
    except Exception as error:  # anything, for a damaged file or an unknown class
        raise OpticalError(
            f"{reading.layers}: its tokenizer cannot be loaded ({' '.join(str(error).split())[:200]})"
        ) from error
    if reading.lower_case:
        _lower_case(backend)
    tokenizer.model_max_length = longest_input(reading)
    return tokenizer


def read_teacher_tokenizer(folder: str | Path) -> Tokenizer:
    """Read a tokenizer for encoding, without transformers if the tokenizer file is self-sufficient.

    Parameters
    ----------
    folder : str or Path
        Folder of the teacher.

    Raises
    ------
    OpticalError
        As for :func:`load_tokenizer`.
    """
    reading = read_modules(folder)
    path = reading.layers / TOKENIZER
    if path.is_file() and not reading.lower_case:
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the tokenizers library raises bare Exception
            raise OpticalError(f"{path}: is not a tokenizer ({error}); fetch the teacher again") from error
        if _agrees(tokenizer, reading.layers / SETTINGS):
            return tokenizer
    tokenizer = load_tokenizer(folder).backend_tokenizer
    return Tokenizer.from_str(tokenizer.to_str())


def _agrees(tokenizer: Tokenizer, settings_file: Path) -> bool:
    """Whether transformers would read the file unchanged; where the settings beside it differ, they win."""
    settings = read_settings(settings_file) if settings_file.is_file() else {}
    normalizer = tokenizer.normalizer
    if settings.get("tokenizer_class", _PLAIN[0]) in _PLAIN or type(normalizer).__name__ != "BertNormalizer":
        return True
    return (
        normalizer.lowercase == settings.get("do_lower_case", True)
        and normalizer.strip_accents == settings.get("strip_accents")
        and normalizer.handle_chinese_chars == settings.get("tokenize_chinese_chars", True)
    )


def _lower_case(tokenizer: Tokenizer) -> None:
    parts = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *parts])


def is_cased(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer distinguishes upper and lower case."""
    normalizer = tokenizer.normalizer
    return normalizer is None or bool(normalizer.normalize_str("A") != normalizer.normalize_str("a"))


def longest_input(reading: ModuleReading) -> int:
    """Find the longest input of a model, in tokens.

    Returns
    -------
    int
        The author's limit, but never more than the model has positions; :data:`LONGEST` if there is no limit.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(str(reading.layers), local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise OpticalError(
            f"{reading.layers}: its config.json cannot be read ({' '.join(str(error).split())[:200]})"
        ) from error
    path = reading.layers / SETTINGS
    said = reading.max_length or (read_settings(path) if path.is_file() else {}).get("model_max_length")
    positions = getattr(config, "max_position_embeddings", None) or 0
    if config.model_type in _OFFSET:
        positions -= int(config.pad_token_id) + 1
    limits = [int(limit) for limit in (said, positions) if limit and 0 < limit < 1e9]
    return min(limits, default=LONGEST)
