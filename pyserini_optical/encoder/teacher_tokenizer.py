"""A teacher's tokenizer as transformers builds it, and how many tokens the teacher can read."""

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from pyserini_optical.encoder.module_reading import ModuleReading, read_modules, read_settings
from pyserini_optical.errors import OpticalError

TOKENIZER = "tokenizer.json"
SETTINGS = "tokenizer_config.json"
LONGEST = 512
_PLAIN = ("PreTrainedTokenizerFast", "TokenizersBackend")
# Models that begin to count positions behind the padding token's number.
_OFFSET = frozenset(
    ("camembert", "data2vec-text", "ibert", "longformer", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl", "xmod")
)


def load_tokenizer(folder: str | Path) -> Any:
    """Load a tokenizer through transformers.

    Parameters
    ----------
    folder : str or Path
        A teacher's, or another model's.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        Its `model_max_length` is what the model can read.

    Raises
    ------
    OpticalError
        There is none, or none that the `tokenizers` library can run.
    """
    from transformers import AutoTokenizer

    reading = read_modules(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(reading.layers), local_files_only=True, use_fast=True)
        backend = tokenizer.backend_tokenizer
        if len(tokenizer) <= len(tokenizer.all_special_tokens):  # transformers makes an empty one of no file at all
            raise FileNotFoundError(f"there is neither {TOKENIZER} nor a vocabulary")
    except Exception as error:  # whatever a damaged file or an unknown class makes of it
        raise OpticalError(
            f"{reading.layers}: its tokenizer cannot be loaded ({' '.join(str(error).split())[:200]})"
        ) from error
    if reading.lower_case:
        _lower_case(backend)
    tokenizer.model_max_length = longest_input(reading)
    return tokenizer


def read_teacher_tokenizer(folder: str | Path) -> Tokenizer:
    """Read a tokenizer for encoding, without transformers where its file alone says everything.

    Parameters
    ----------
    folder : str or Path
        The teacher's.

    Raises
    ------
    OpticalError
        As :func:`load_tokenizer`.
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
    """Whether transformers would read the file as it is: where the settings beside it differ, it follows these."""
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
    from tokenizers import normalizers

    parts = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *parts])


def is_cased(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer tells capitals from small letters."""
    normalizer = tokenizer.normalizer
    return normalizer is None or bool(normalizer.normalize_str("A") != normalizer.normalize_str("a"))


def longest_input(reading: ModuleReading) -> int:
    """Find out how many tokens a model can read.

    Returns
    -------
    int
        What its author says, but never more than it has positions; :data:`LONGEST` where nothing is said.
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
