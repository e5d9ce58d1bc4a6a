"""A language as an option takes it, checked where it is typed: it becomes the name of a folder."""

import argparse

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import chosen_code


def parse_language(text: str) -> str:
    """ISO 639-3 code of a language in any spelling: `swa`, `sw`, `sw-KE`, `Swahili`."""
    try:
        return chosen_code(text)
    except OpticalError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
