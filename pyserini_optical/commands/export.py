"""`pyserini-optical export optical-swa --output DIR`, or `pyserini-optical export optical --onnx`."""

import argparse
import sys

from pyserini_optical.commands.options import parse_language
from pyserini_optical.errors import OpticalError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("student", help="optical-swa, a pack folder, or a language's folder within one")
    parser.add_argument("--output", help="folder to write; --onnx writes where the encoder looks for it")
    parser.add_argument("--language", type=parse_language, help="such as swa, when the student's name leaves it open")
    parser.add_argument(
        "--format",
        choices=("hugging-face", "sentence-transformers"),
        default="hugging-face",
        help="of the folder: the student alone, or student and teacher as one model with encode_query and "
        "encode_document (hugging-face)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the output if it is there")
    parser.add_argument(
        "--onnx", action="store_true", help="write the layers as ONNX, float32 and int8; packs share one export"
    )
    parser.add_argument(
        "--dense-index", metavar="FOLDER", help="with --onnx: Faiss index of lowres-clir, to measure what int8 costs"
    )


def run(options: argparse.Namespace) -> None:
    """Export one language as an ordinary Hugging Face folder, or the layers as ONNX."""
    if options.onnx:
        _export_onnx(options)
        return
    if options.output is None:
        raise OpticalError("export writes a folder: name it with --output")
    if options.format == "sentence-transformers":
        from pyserini_optical.encoder.two_sided_export import export_two_sided

        folder = export_two_sided(options.student, options.output, options.language, options.overwrite)
        sys.stdout.write(f"{folder}\nSentenceTransformer({str(folder)!r}) has encode_query and encode_document\n")
        return
    from pyserini_optical.encoder.export import export_student

    folder = export_student(options.student, options.output, options.language, options.overwrite)
    sys.stdout.write(
        f"{folder}\nstock Pyserini searches with it: --encoder {folder} --encoder-class auto --pooling mean --l2-norm\n"
    )


def _export_onnx(options: argparse.Namespace) -> None:
    from pyserini_optical.encoder.onnx.export import export_onnx
    from pyserini_optical.encoder.query import OpticalQueryEncoder
    from pyserini_optical.evaluation.int8 import compare_graphs

    if options.output is not None:
        raise OpticalError("--onnx writes to the user's cache; copy that folder to STUDENT/onnx to give it away")
    sys.stdout.write(f"{export_onnx(options.student, overwrite=options.overwrite)}\n")
    exact, rounded = (OpticalQueryEncoder(options.student, backend=name) for name in ("onnx", "onnx-int8"))
    languages = [exact.language] if exact.language else list(exact.checkpoint.languages)
    for line in compare_graphs(exact, rounded, languages, options.dense_index):
        sys.stdout.write(f"{line}\n")
