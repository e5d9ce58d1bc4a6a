"""JSON in files and in lines of files, with errors that say what is wrong and what was expected."""

import json
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files.reading import open_text


def read_json(path: str | Path, remedy: str) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    remedy : str
        What the user can do about a damaged file, for the error.

    Raises
    ------
    OpticalError
        It cannot be opened as :func:`~pyserini_optical.files.open_text` does, or is not JSON.
    """
    with open_text(path) as file:
        content = file.read()
    return _parse(content, str(path), remedy, lines=True)


def read_object(path: str | Path, remedy: str) -> dict[str, Any]:
    """Read a JSON file that holds one object; parameters and errors are those of :func:`read_json`.

    Raises
    ------
    OpticalError
        It holds something else, such as a list.
    """
    return expect_object(read_json(path, remedy), str(path), remedy)


def parse_object(text: str | bytes, where: str, remedy: str) -> dict[str, Any]:
    """Parse a JSON object, such as a line of a JSON lines file.

    Parameters
    ----------
    where : str
        File and line, for the error.
    remedy : str
        What the user can do about it.

    Raises
    ------
    OpticalError
        The text is not JSON, or something else than an object.
    """
    return expect_object(_parse(text, where, remedy), where, remedy)


def expect_object(value: Any, where: str, remedy: str, wanted: str = "a JSON object") -> dict[str, Any]:
    """Return a value if it is an object.

    Parameters
    ----------
    value : object
        Output of a parser.
    where, remedy : str
        See :func:`parse_object`.
    wanted : str
        What an object is called in the file's format.

    Raises
    ------
    OpticalError
        It is something else.
    """
    if not isinstance(value, dict):
        raise OpticalError(f"{where}: is {name_type(value)}, but {wanted} is expected; {remedy}")
    return value


def name_type(value: Any) -> str:
    """Name what a JSON value is: `a list`, `an object`, `a text`, `a number`, `true`, `false` or `null`."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
    return names.get(type(value), "a number")


def _parse(text: str | bytes, where: str, remedy: str, lines: bool = False) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}" if lines else where
        raise OpticalError(f"{place}: is not JSON ({error.msg}); {remedy}") from error
    except RecursionError as error:
        raise OpticalError(f"{where}: is nested too deeply; {remedy}") from error
    except ValueError as error:  # not UTF-8, or a number with thousands of digits
        raise OpticalError(f"{where}: is not JSON ({error}); {remedy}") from error
