"""pyserini-optical: cross-lingual queries for existing English Pyserini indexes."""

from pyserini_optical.plugin.startup import arm, watch

__version__ = "0.1.0"

arm()


def register(*students: str) -> None:
    """Register `optical`, and the folders of other students, with Pyserini.

    If the start-up hook works, this is only needed for folders that are not named on the command line. It may be called
    before or after Pyserini is imported, any number of times.

    Parameters
    ----------
    *students : str
        Folders of students. Whatever their names, `--encoder <folder>` and the like then refer to these students.

    Raises
    ------
    OpticalError
        A folder is not a student, or no JDK on this machine fits Pyserini.

    Examples
    --------
    >>> import pyserini_optical
    >>> pyserini_optical.register()    # doctest: +SKIP
    """
    from pyserini_optical.plugin import registration

    watch()
    registration.register(*students)
