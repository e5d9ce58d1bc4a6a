"""Locate what ships with the project: students, tables, the small collection, the reproduction matrix."""

from pathlib import Path

from pyserini_optical.errors import OpticalError

SHIPPED_STUDENT = "optical"
"""What `--encoder` and `--table` call the student that ships, and its translation tables."""

_PACKAGE = Path(__file__).resolve().parent


def shipped(relative: str) -> Path:
    """Path of a file or folder that ships with the project.

    Parameters
    ----------
    relative : str
        Its path in the repository, such as `encoders/optical`.

    Returns
    -------
    Path
        Inside the installed package, or in the repository when the package is used from a checkout.

    Raises
    ------
    OpticalError
        It is in neither place.
    """
    for root in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (root / relative).exists():
            return root / relative
    raise OpticalError(f"{relative}: is not part of this installation; use a clone of the repository")
