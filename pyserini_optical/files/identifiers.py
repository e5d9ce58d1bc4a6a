"""Valid identifiers in runs, judgements and topics."""

from pyserini_optical.errors import OpticalError


def check_identifier(identifier: str, where: str) -> None:
    """Refuse an identifier that cannot appear in a TREC run.

    Parameters
    ----------
    identifier : str
        Identifier of a query or a document.
    where : str
        File and line, for the message.

    Raises
    ------
    OpticalError
        It is empty, or contains white space, which separates the columns.
    """
    if identifier.split() != [identifier]:
        raise OpticalError(f"{where}: identifier {identifier!r} is empty or contains white space; rename it")
