"""How a teacher frames a text, where that is not what its tokenizer does by itself."""

from dataclasses import dataclass

from tokenizers import Tokenizer, processors

from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class Template:
    """The tokens around a text.

    Attributes
    ----------
    begin : tuple of str
        The tokens before it; the pooled vector leaves their states out.
    filled_to : int
        Put mask tokens after it up to so many tokens, and read them as tokens of the text; 0: none.
    """

    begin: tuple[str, ...]
    filled_to: int = 0

    def apply(self, tokenizer: Tokenizer) -> None:
        """Make a tokenizer put the frame's tokens before a text, in place of its own special tokens.

        Raises
        ------
        OpticalError
            It lacks one of the tokens.
        """
        numbers = [(token, tokenizer.token_to_id(token)) for token in dict.fromkeys(self.begin)]
        missing = [token for token, number in numbers if number is None]
        if missing:
            raise OpticalError(f"the tokenizer has no {' '.join(missing)}, which this teacher prepends to a text")
        tokenizer.post_processor = processors.TemplateProcessing(
            single=[*self.begin, "$A"], pair=[*self.begin, "$A", "$B"], special_tokens=numbers
        )

    def fill(self, tokenizer: Tokenizer) -> list[int]:
        """Give the ids of a text that is filling alone, the frame's length.

        Returns
        -------
        list of int
            Empty where nothing is filled.

        Raises
        ------
        OpticalError
            The tokenizer has no `[MASK]` to fill with.
        """
        mask = tokenizer.token_to_id("[MASK]")
        if mask is None and self.filled_to:
            raise OpticalError("the tokenizer has no [MASK], with which this teacher pads queries")
        return [mask] * self.filled_to if mask is not None else []


@dataclass(frozen=True)
class TemplatePair:
    """The frames of a teacher's queries and passages."""

    query: Template
    document: Template


TEMPLATES = {
    # Lin, Yang, Lin (2021): `[CLS] [Q] query`, mask tokens up to 36, the mean from the fifth token on. A marker is
    # three tokens, for `[Q]` was never put into the vocabulary.
    "tct_colbert": TemplatePair(
        Template(("[CLS]", "[", "q", "]"), filled_to=36),
        Template(("[CLS]", "[", "d", "]")),
    ),
}


def find_templates(name: str) -> TemplatePair | None:
    """Find a template by the name that stands in `optical.json`.

    Parameters
    ----------
    name : str
        Empty: the tokenizer's own special tokens.

    Raises
    ------
    OpticalError
        There is no such template.
    """
    if name and name not in TEMPLATES:
        raise OpticalError(f"template {name!r} is unknown; this version knows {', '.join(TEMPLATES)}")
    return TEMPLATES.get(name)
