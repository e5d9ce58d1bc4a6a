"""A language pack as an ordinary Hugging Face folder, which stock Pyserini and sentence-transformers load."""

from dataclasses import replace
from pathlib import Path

from pyserini_optical.encoder.checkpoint import verify_files, write_checkpoint
from pyserini_optical.encoder.head import DENSE, NORM, load_head
from pyserini_optical.encoder.modules import write_modules
from pyserini_optical.encoder.packs import TOKENIZER, read_pack, read_tokenizer
from pyserini_optical.encoder.student import find_student
from pyserini_optical.encoder.subwords import SubwordTable, find_borrowed
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, write_folder
from pyserini_optical.languages import ENGLISH

WEIGHTS = "model.safetensors"


def export_student(name: str, output: str | Path, language: str | None = None, overwrite: bool = False) -> Path:
    """Write one language of a pack folder as a Hugging Face folder.

    Parameters
    ----------
    name : str
        As :func:`~pyserini_optical.encoder.find_student` takes it.
    output : str or Path
        The folder to write.
    language : str, optional
        ISO 639-3 code; may be left out when `name` has it or the folder knows one language alone.
    overwrite : bool
        Replace a folder that is there already.

    Returns
    -------
    Path
        `output`: `config.json`, `model.safetensors`, the tokenizer, `optical.json`, and sentence-transformers' own
        files, by which it pools and normalises as the teacher does.

    Raises
    ------
    OpticalError
        The student is an ordinary folder already, the language is open, or `output` exists.
    """
    import torch
    from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

    student = find_student(name)
    folder, checkpoint = student.folder, student.checkpoint
    if checkpoint.kind != "packs":
        raise OpticalError(f"{folder}: is an ordinary Hugging Face folder already; copy it")
    language = _choose_language(folder, language or student.language, list(checkpoint.languages))
    rows, scales, tokenizer = read_pack(folder, language, checkpoint)
    teacher, sha256_of_teacher = student.find_layers()
    verify_files(teacher, sha256_of_teacher)
    model = AutoModel.from_pretrained(teacher, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    borrowed = find_borrowed(tokenizer, len(rows), read_tokenizer(teacher / TOKENIZER))
    table = SubwordTable(rows, scales, borrowed, model.get_input_embeddings().weight.detach().numpy()).restore()
    model.config.vocab_size = len(table)
    model.set_input_embeddings(torch.nn.Embedding.from_pretrained(torch.from_numpy(table)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=min(checkpoint.max_length, AutoConfig.from_pretrained(teacher).max_position_embeddings),
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    with write_folder(output, overwrite=overwrite) as partial:
        model.save_pretrained(partial)
        fast.save_pretrained(partial)
        write_modules(partial, checkpoint, load_head(teacher))
        files = [WEIGHTS, TOKENIZER, *(f"{name}/{WEIGHTS}" for name in (DENSE, NORM) if (partial / name).is_dir())]
        sha256 = {file: checksum(partial / file) for file in files}
        entry = checkpoint.languages[language]
        write_checkpoint(
            partial,
            replace(checkpoint, kind="student", sha256=sha256, languages={language: replace(entry, sha256={})}),
        )
    return Path(output)


def _choose_language(folder: Path, language: str | None, known: list[str]) -> str:
    if language is None and len(known) == 1:
        return known[0]
    if language not in known:
        problem = "name the language" if language is None else f"no pack for {language!r}"
        hint = f"; {ENGLISH} is the teacher itself, export nothing" if language == ENGLISH else ""
        raise OpticalError(f"{folder}: {problem}, one of {', '.join(known)}{hint}")
    return language
