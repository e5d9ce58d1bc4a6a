"""`pyserini-optical export optical-swa --output DIR`, or `pyserini-optical export optical --onnx`."""

import argparse
import sys

from pyserini_optical.commands.options import parse_language
from pyserini_optical.errors import OpticalError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "student", help="a name such as optical-swa, a pack folder, or the folder of one language in it"
    )
    parser.add_argument(
        "--output", help="folder to write (not with --onnx, which writes to where the encoder looks for it)"
    )
    parser.add_argument(
        "--language", type=parse_language, help="language to export, such as swa, if the student has several"
    )
    parser.add_argument(
        "--format",
        choices=("hugging-face", "sentence-transformers"),
        default="hugging-face",
        help="hugging-face: the student alone; sentence-transformers: student and teacher as one model with "
        "encode_query and encode_document (default: hugging-face)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")
    parser.add_argument(
        "--onnx", action="store_true", help="write the layers as ONNX, in float32 and int8; all packs share one export"
    )
    parser.add_argument(
        "--dense-index", metavar="FOLDER", help="with --onnx: Faiss index of lowres-clir, to measure what int8 loses"
    )


def run(options: argparse.Namespace) -> None:
    """Export one language as an ordinary Hugging Face folder, or the layers as ONNX."""
    if options.onnx:
        _export_onnx(options)
        return
    if options.output is None:
        raise OpticalError("export needs a folder to write: name it with --output")
    if options.format == "sentence-transformers":
        from pyserini_optical.encoder.two_sided_export import export_two_sided

        folder = export_two_sided(options.student, options.output, options.language, options.overwrite)
        sys.stdout.write(f"{folder}\nSentenceTransformer({str(folder)!r}) has encode_query and encode_document\n")
        return
    from pyserini_optical.encoder.export import export_student

    folder = export_student(options.student, options.output, options.language, options.overwrite)
    sys.stdout.write(
        f"{folder}\nto search with stock Pyserini: --encoder {folder} --encoder-class auto --pooling mean --l2-norm\n"
    )


def _export_onnx(options: argparse.Namespace) -> None:
    from pyserini_optical.encoder.onnx.export import export_onnx

    if options.output is not None:
        raise OpticalError(
            "--onnx always writes to the user's cache: leave out --output; to share the export, copy it to STUDENT/onnx"
        )
    sys.stdout.write(f"{export_onnx(options.student, overwrite=options.overwrite)}\n")
    if options.dense_index is None:
        return
    from pyserini_optical.encoder.query import OpticalQueryEncoder
    from pyserini_optical.evaluation.int8 import compare_graphs

    exact, rounded = (OpticalQueryEncoder(options.student, backend=name) for name in ("onnx", "onnx-int8"))
    languages = [exact.language] if exact.language else list(exact.checkpoint.languages)
    for line in compare_graphs(exact, rounded, languages, options.dense_index):
        sys.stdout.write(f"{line}\n")
