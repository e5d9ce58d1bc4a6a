"""Train students for one of Pyserini's prebuilt dense indexes, fetching its encoder.

python eval/reproduction/public/students.py --index NAME --languages fra deu --output FOLDER
"""

import argparse
from pathlib import Path

from pyserini_optical.commands import main as run
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_folder
from pyserini_optical.shipped import shipped


def main() -> None:
    """Add each language to one folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--languages", nargs="+", required=True)
    parser.add_argument("--minutes", default="30", help="of training, per language")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    bitext = shipped("encoders") / "bitext"
    with write_folder(options.output) as partial:
        for language in options.languages:
            words = ["--bitext", str(bitext / f"{language}.tsv.gz"), "--for-index", options.index, "--fetch-teacher"]
            if run(["add-language", *words, "--minutes", options.minutes, "--output", str(partial)]):
                raise OpticalError(f"{language}: no student was made; see the line above")


if __name__ == "__main__":
    main()
