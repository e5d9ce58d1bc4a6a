"""From token states to one vector a text; written for numpy arrays and torch tensors alike."""

from typing import TypeVar

Array = TypeVar("Array")


def pool_mean(states: Array, mask: Array) -> Array:
    """Average the states of the tokens that are there.

    Parameters
    ----------
    states : array, shape (n, t, d)
    mask : array, shape (n, t)
        1 for a token, 0 for padding; at least one 1 a row.

    Returns
    -------
    array, shape (n, d)
    """
    return (states * mask[..., None]).sum(1) / mask.sum(1)[:, None]  # type: ignore[index,attr-defined]


def pool_first(states: Array, mask: Array) -> Array:
    """Take the state of the first token, `[CLS]`.

    Parameters
    ----------
    states : array, shape (n, t, d)
    mask : array, shape (n, t)

    Returns
    -------
    array, shape (n, d)
    """
    return states[:, 0]  # type: ignore[index]


def normalise(vectors: Array) -> Array:
    """Scale each vector to length one; a zero vector stays zero.

    Parameters
    ----------
    vectors : array, shape (n, d)

    Returns
    -------
    array, shape (n, d)
    """
    lengths = (vectors * vectors).sum(-1)[..., None] ** 0.5  # type: ignore[operator]
    return vectors / (lengths + (lengths == 0))


POOL = {"mean": pool_mean, "cls": pool_first}
