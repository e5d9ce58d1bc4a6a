"""Settings with which a teacher matches an existing index.

A preset describes how stock Pyserini reads queries with a published encoder, so that a student can take its place with
a prebuilt index: MS MARCO or BEIR in a new language, without encoding a document.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER, Checkpoint
from pyserini_optical.encoder.module_reading import read_modules
from pyserini_optical.encoder.teacher_tokenizer import LONGEST, longest_input
from pyserini_optical.errors import OpticalError

SEARCHING = "Represent this sentence for searching relevant passages: "


@dataclass(frozen=True)
class Preset:
    """A teacher and its settings.

    Attributes
    ----------
    teacher : str
        Name on the Hugging Face hub.
    pooling : {"mean", "cls"}
    normalize : bool
        Vectors have length one.
    query_prefix, document_prefix : str
        Put before each query and each passage, unchanged.
    max_length : int
        Longest query in tokens, including special tokens.
    template : str
        How queries and passages are framed, see :mod:`.templates`.
    document_length : int
        Longest passage in tokens.
    document_teacher : str
        The model that encodes passages; empty: the teacher.
    """

    teacher: str
    pooling: str = "cls"
    normalize: bool = False
    query_prefix: str = ""
    document_prefix: str = ""
    max_length: int = LONGEST
    template: str = ""
    document_length: int = LONGEST
    document_teacher: str = ""

    def settings(self, longest: int) -> Checkpoint:
        """Give the preset as the content of `optical.json`, without the teacher's checksums and the dimension.

        Parameters
        ----------
        longest : int
            Longest input of the teacher in tokens.
        """
        return Checkpoint(
            pooling=self.pooling,
            normalize=self.normalize,
            query_prefix=self.query_prefix,
            document_prefix=self.document_prefix,
            max_length=min(self.max_length, longest),
            template=self.template,
            document_length=min(self.document_length, longest),
            document_teacher=self.document_teacher,
        )


DEFAULT = Preset(DEFAULT_TEACHER, "mean", normalize=True, max_length=256, document_length=256)

PRESETS = {
    "contriever": Preset("facebook/contriever", "mean"),
    "contriever-msmarco": Preset("facebook/contriever-msmarco", "mean"),
    "bge-base-en-v1.5": Preset("BAAI/bge-base-en-v1.5", normalize=True, query_prefix=SEARCHING),
    "bge-large-en-v1.5": Preset("BAAI/bge-large-en-v1.5", normalize=True, query_prefix=SEARCHING),
    "arctic-embed-l": Preset("Snowflake/snowflake-arctic-embed-l", normalize=True, query_prefix=SEARCHING),
    "arctic-embed-m-v1.5": Preset("Snowflake/snowflake-arctic-embed-m-v1.5", normalize=True, query_prefix=SEARCHING),
    "sbert": Preset("sentence-transformers/msmarco-distilbert-base-v3", "mean", normalize=True),
    "distilbert-dot-margin-mse-t2": Preset("sebastian-hofstaetter/distilbert-dot-margin_mse-T2-msmarco"),
    "distilbert-dot-tas_b-b256": Preset("sebastian-hofstaetter/distilbert-dot-tas_b-b256-msmarco"),
    "tct_colbert": Preset("castorini/tct_colbert-msmarco", "mean", max_length=36, template="tct_colbert"),
    "tct_colbert-v2": Preset("castorini/tct_colbert-v2-msmarco", "mean", max_length=36, template="tct_colbert"),
    "tct_colbert-v2-hn": Preset("castorini/tct_colbert-v2-hn-msmarco", "mean", max_length=36, template="tct_colbert"),
    "tct_colbert-v2-hnp": Preset("castorini/tct_colbert-v2-hnp-msmarco", "mean", max_length=36, template="tct_colbert"),
    "ance": Preset("castorini/ance-msmarco-passage", max_length=64),
    "ance-maxp": Preset("castorini/ance-msmarco-doc-maxp", max_length=64),
    "ance-multi": Preset(
        "castorini/ance-dpr-question-multi", max_length=64, document_teacher="castorini/ance-dpr-context-multi"
    ),
    "cosdpr-distil": Preset("castorini/cosdpr-distil", normalize=True),
    "dpr-multi": Preset(
        "facebook/dpr-question_encoder-multiset-base", document_teacher="facebook/dpr-ctx_encoder-multiset-base"
    ),
    "dpr-single-nq": Preset(
        "facebook/dpr-question_encoder-single-nq-base", document_teacher="facebook/dpr-ctx_encoder-single-nq-base"
    ),
}
"""Presets by the last part of an index's name in Pyserini, as in its own reproductions (`pyserini/2cr/*.yaml`)."""

_INDEX = re.compile(rf"(?P<collection>.+?)[.-](?P<encoder>{'|'.join(map(re.escape, PRESETS))})(\.hnsw)?")
_ENGLISH = re.compile(r"msmarco-|beir-|bright-|wikipedia-|cast2019")
_BGE_WITHOUT_PREFIX = ("beir-v1.0.0-quora", "beir-v1.0.0-arguana")


def preset_for_index(index: str) -> Preset:
    """Find the teacher of one of Pyserini's prebuilt dense indexes.

    Parameters
    ----------
    index : str
        Name of the index, such as `msmarco-v1-passage.bge-base-en-v1.5`.

    Raises
    ------
    OpticalError
        There is no such index, or a student cannot learn the states of its query encoder.
    """
    match = _INDEX.fullmatch(index)
    if match is None or not _ENGLISH.match(index):
        raise OpticalError(
            f"{index}: no preset matches this index; it must be English and end in one of {', '.join(PRESETS)}; "
            "for any other index pass --teacher"
        )
    preset = PRESETS[match["encoder"]]
    if match["encoder"].startswith("bge") and match["collection"] in _BGE_WITHOUT_PREFIX:
        return replace(preset, query_prefix="")
    return preset


def preset_for_teacher(name: str, folder: Path) -> Preset:
    """Find the settings of a teacher.

    Parameters
    ----------
    name : str
        Published name, or a folder.
    folder : Path
        Its folder; without a preset, the sentence-transformers files in it are used.

    Returns
    -------
    Preset
        A preset is recognised by the model's name, or by a folder with that name, such as `BAAI_bge-base-en-v1.5`,
        unless the folder has prompts that contradict it.

    Raises
    ------
    OpticalError
        A student cannot reproduce the way this teacher reads.
    """
    reading = read_modules(folder)
    for preset in (DEFAULT, *PRESETS.values()):
        owner, _, own = preset.teacher.partition("/")
        alike = Path(name).name in (own, f"{owner}_{own}", f"{owner}--{own}")
        if name == preset.teacher or (alike and reading.query_prefix in ("", preset.query_prefix)):
            return preset
    longest = longest_input(reading)
    return Preset(
        name,
        reading.pooling,
        reading.normalize,
        reading.query_prefix,
        reading.document_prefix,
        max_length=longest,
        document_length=longest,
    )
