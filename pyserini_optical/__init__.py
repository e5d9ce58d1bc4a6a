"""pyserini-optical: cross-lingual queries for the English indexes that Pyserini already holds."""

from pyserini_optical.plugin.startup import arm, watch

__version__ = "0.1.0"

arm()


def register(*students: str) -> None:
    """Make Pyserini know `optical`, and the folders of other students.

    A process in which the start-up hook works needs this only for folders that are not named on its command line.
    It may be called before or after Pyserini is imported, any number of times.

    Parameters
    ----------
    *students : str
        Folders that hold a student. Whatever the name, `--encoder <folder>` and its like then mean that student.

    Raises
    ------
    OpticalError
        A folder holds no student, or no JDK of this machine fits Pyserini.

    Examples
    --------
    >>> import pyserini_optical
    >>> pyserini_optical.register()    # doctest: +SKIP
    """
    from pyserini_optical.plugin import registration

    watch()
    registration.register(*students)
