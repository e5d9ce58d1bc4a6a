"""What can stand in a column of a run, of judgements or of topics."""

from pyserini_optical.errors import OpticalError


def check_identifier(identifier: str, where: str) -> None:
    """Refuse an identifier that a line of a TREC run cannot hold.

    Parameters
    ----------
    identifier : str
        Of a query or a document.
    where : str
        File and line, for the message.

    Raises
    ------
    OpticalError
        It is empty, or holds white space, which separates the columns.
    """
    if identifier.split() != [identifier]:
        raise OpticalError(f"{where}: identifier {identifier!r} is empty or contains white space; rename it")
