"""pyserini-optical: cross-lingual queries for the English indexes that Pyserini already holds."""

from pyserini_optical.plugin.startup import arm

__version__ = "0.1.0"

arm()


def register(*students: str) -> None:
    """Make Pyserini know `optical`, and the folders of other students.

    Parameters
    ----------
    *students : str
        Folders that hold a student.

    See Also
    --------
    pyserini_optical.plugin.registration.register : The same, with an example.
    """
    from pyserini_optical.plugin import registration

    registration.register(*students)
