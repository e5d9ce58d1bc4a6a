"""Templates of teachers that frame a text differently than their tokenizer does."""

from dataclasses import dataclass

from tokenizers import Tokenizer, processors

from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class Template:
    """The tokens around a text.

    Attributes
    ----------
    begin : tuple of str
        Tokens before the text; their states are left out of the pooled vector.
    filled_to : int
        Pad with mask tokens to this many tokens, which are read like tokens of the text; 0: no padding.
    """

    begin: tuple[str, ...]
    filled_to: int = 0

    def apply(self, tokenizer: Tokenizer) -> None:
        """Make a tokenizer put the template's tokens before a text, instead of its own special tokens.

        Raises
        ------
        OpticalError
            The tokenizer lacks one of the tokens.
        """
        numbers = [(token, tokenizer.token_to_id(token)) for token in dict.fromkeys(self.begin)]
        missing = [token for token, number in numbers if number is None]
        if missing:
            raise OpticalError(f"the tokenizer has no {' '.join(missing)}, which this teacher prepends to a text")
        tokenizer.post_processor = processors.TemplateProcessing(
            single=[*self.begin, "$A"], pair=[*self.begin, "$A", "$B"], special_tokens=numbers
        )

    def fill(self, tokenizer: Tokenizer) -> list[int]:
        """Give the ids of an all-padding text of the template's length.

        Returns
        -------
        list of int
            Empty if the template does not pad.

        Raises
        ------
        OpticalError
            The tokenizer has no `[MASK]` to pad with.
        """
        mask = tokenizer.token_to_id("[MASK]")
        if mask is None and self.filled_to:
            raise OpticalError("the tokenizer has no [MASK], with which this teacher pads queries")
        return [mask] * self.filled_to if mask is not None else []


@dataclass(frozen=True)
class TemplatePair:
    """The templates of a teacher's queries and passages."""

    query: Template
    document: Template


TEMPLATES = {
    # Lin, Yang, Lin (2021): `[CLS] [Q] query`, mask tokens up to 36, the mean from the fifth token on. A marker is
    # three tokens because `[Q]` was never added to the vocabulary.
    "tct_colbert": TemplatePair(
        Template(("[CLS]", "[", "q", "]"), filled_to=36),
        Template(("[CLS]", "[", "d", "]")),
    ),
}


def find_templates(name: str) -> TemplatePair | None:
    """Find a template by its name in `optical.json`.

    Parameters
    ----------
    name : str
        Name of the template; empty: the tokenizer's own special tokens.

    Raises
    ------
    OpticalError
        There is no such template.
    """
    if name and name not in TEMPLATES:
        raise OpticalError(f"template {name!r} is unknown; this version knows {', '.join(TEMPLATES)}")
    return TEMPLATES.get(name)
