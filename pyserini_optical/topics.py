"""Topics in Pyserini's TSV form: `query-id <tab> query`, one a line."""

from collections.abc import Mapping
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_file


def read_topics(path: str | Path) -> dict[str, str]:
    """Read topics, plain or gzip, Unix or Windows line ends.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict of str to str
        Query identifier to query, in the order of the file; identifiers stay strings.

    Raises
    ------
    OpticalError
        A line has not two columns, its identifier is empty, holds white space or stands above already, or its query
        is empty; or the file holds no topic. The message names file and line.
    """
    topics: dict[str, str] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            columns = line.rstrip("\r\n").split("\t")
            if columns == [""]:
                continue
            where = f"{path}:{number}"
            if len(columns) != 2:
                raise OpticalError(
                    f"{where}: {len(columns)} columns; topics have two, tab-separated: identifier, query"
                )
            identifier, query = columns[0].strip(), columns[1].strip()
            if len(identifier.split()) != 1:
                raise OpticalError(f"{where}: identifier {identifier!r} is empty or holds white space; rename it")
            if not query:
                raise OpticalError(f"{where}: query {identifier} is empty; drop the line or fill it in")
            if identifier in topics:
                raise OpticalError(f"{where}: query {identifier} stands above already; drop one of the two")
            topics[identifier] = query
    if not topics:
        raise OpticalError(f"{path}: holds no topics; a line is: identifier, tab, query")
    return topics


def write_topics(path: str | Path, topics: Mapping[str, str], overwrite: bool = False) -> None:
    """Write topics; white space inside a query becomes single spaces.

    Parameters
    ----------
    path : str or Path
    topics : mapping of str to str
        Query identifier to query.
    overwrite : bool
        Replace a file that is there already.

    Raises
    ------
    OpticalError
        `path` exists and `overwrite` is false.
    """
    with write_file(path, overwrite=overwrite) as file:
        file.writelines(f"{identifier}\t{' '.join(query.split())}\n" for identifier, query in topics.items())
