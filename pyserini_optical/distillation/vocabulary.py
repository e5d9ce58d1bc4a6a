"""The student's subword vocabulary: learned from the foreign side, joined with the teacher's."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pyserini_optical.encoder.teacher_tokenizer import is_cased
from pyserini_optical.errors import OpticalError

ROLES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")


def learn_vocabulary(texts: Iterable[str], vocab_size: int, teacher_tokenizer: Any, kept: Sequence[str] = ()) -> Any:
    """Learn a WordPiece vocabulary, accents kept, with the special tokens of the teacher.

    It is lower-cased, unless the teacher's own subwords, which may be joined to it, are cased.

    Parameters
    ----------
    texts : iterable of str
        Sentences of the foreign side.
    vocab_size : int
        Largest size of the learned vocabulary, including special tokens; a small bitext gives fewer subwords.
    teacher_tokenizer : transformers.PreTrainedTokenizerFast
        Provides the special tokens, their ids and the longest input.
    kept : sequence of str
        Subwords of the teacher that are always included.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        Special tokens have the teacher's ids if these are among the first, which position-counting models such as
        XLM-RoBERTa rely on.

    Raises
    ------
    OpticalError
        There are no texts, or the teacher's tokenizer lacks a special token.

    References
    ----------
    Wu et al., *Google's Neural Machine Translation System*, arXiv 1609.08144, section 4.1 (WordPiece).
    """
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token=str(teacher_tokenizer.unk_token)))
    _set_pipeline(tokenizer, teacher_tokenizer)
    words = [tokenizer.normalizer.normalize_str(text) for text in texts]
    # The trainer numbers continuing letters in the order of a hash table and breaks ties by number: naming them in
    # advance fixes their numbers and so makes the vocabulary reproducible.
    letters = sorted({f"##{letter}" for text in words for letter in text if not letter.isspace()})
    named = list(dict.fromkeys([*_special_tokens(teacher_tokenizer), *kept, *letters]))
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, min_frequency=2, special_tokens=named, show_progress=False
    )
    tokenizer.train_from_iterator(words, trainer)
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    if len(vocabulary) <= len(ROLES):
        raise OpticalError("the foreign side of the bitext has no text to learn a vocabulary from")
    return wrap_vocabulary(vocabulary, teacher_tokenizer)


def gather_words(texts: Iterable[str], vocab_size: int, teacher_tokenizer: Any, kept: Sequence[str] = ()) -> Any:
    """Make a vocabulary of the most frequent whole words, for joining: the teacher's subwords spell all others.

    Needed for a student that also reads English: learned word pieces would split English names differently than the
    teacher does.

    Parameters
    ----------
    texts, vocab_size, teacher_tokenizer, kept
        As for :func:`learn_vocabulary`.
    """
    named = dict.fromkeys([*_special_tokens(teacher_tokenizer), *kept])
    tokenizer = wrap_vocabulary({subword: number for number, subword in enumerate(named)}, teacher_tokenizer)
    normalizer, splitter = tokenizer.backend_tokenizer.normalizer, tokenizer.backend_tokenizer.pre_tokenizer
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
    frequent = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
    words = dict.fromkeys([*named, *frequent])
    if len(words) == len(named):
        raise OpticalError("the foreign side of the bitext has no text to learn a vocabulary from")
    return wrap_vocabulary(dict(zip(words, range(max(vocab_size, len(named))), strict=False)), teacher_tokenizer)


def join_vocabulary(tokenizer: Any, teacher_tokenizer: Any) -> Any:
    """Append the teacher's subwords to the learned ones, so that names and English words split as for the teacher.

    Parameters
    ----------
    tokenizer, teacher_tokenizer : transformers.PreTrainedTokenizerFast
        The learned vocabulary and the teacher's.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        The learned subwords keep their ids. If the teacher does not use WordPiece, with continuing subwords that begin
        with `##`, nothing is joined and `tokenizer` is returned unchanged.
    """
    if not can_join(teacher_tokenizer):
        return tokenizer
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    for subword in sorted(teacher_tokenizer.get_vocab(), key=teacher_tokenizer.get_vocab().get):
        vocabulary.setdefault(subword, len(vocabulary))
    return wrap_vocabulary(vocabulary, teacher_tokenizer)


def can_join(teacher_tokenizer: Any) -> bool:
    """Whether the teacher uses WordPiece, like the learned vocabulary."""
    from tokenizers.models import WordPiece

    return isinstance(teacher_tokenizer.backend_tokenizer.model, WordPiece)


def wrap_vocabulary(vocabulary: dict[str, int], teacher_tokenizer: Any) -> Any:
    """Make a WordPiece tokenizer from a vocabulary, with the teacher's special tokens and length.

    Parameters
    ----------
    vocabulary : dict of str to int
        Subword -> id; continuing subwords begin with `##`.
    """
    from tokenizers import Tokenizer, decoders, models, processors
    from transformers import PreTrainedTokenizerFast

    roles = {role: str(getattr(teacher_tokenizer, role)) for role in ROLES}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token=roles["unk_token"]))
    _set_pipeline(tokenizer, teacher_tokenizer)
    begin, end = roles["cls_token"], roles["sep_token"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} $B:1 {end}:1",
        special_tokens=[(begin, vocabulary[begin]), (end, vocabulary[end])],
    )
    tokenizer.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=min(512, teacher_tokenizer.model_max_length), **roles
    )


def _set_pipeline(tokenizer: Any, teacher_tokenizer: Any) -> None:
    from tokenizers import normalizers, pre_tokenizers

    # A cased teacher knows `Kenya` but splits `kenya` into pieces.
    lower = not (can_join(teacher_tokenizer) and is_cased(teacher_tokenizer.backend_tokenizer))
    bert = normalizers.BertNormalizer(lowercase=lower, strip_accents=False, handle_chinese_chars=False)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), bert])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()


def _special_tokens(teacher_tokenizer: Any) -> list[str]:
    """The teacher's special tokens, ordered so that each keeps its id if that is small."""
    tokens = [getattr(teacher_tokenizer, role) for role in ROLES]
    missing = [role for role, token in zip(ROLES, tokens, strict=True) if token is None]
    if missing:
        raise OpticalError(f"the teacher's tokenizer has no {', '.join(missing)}; use a teacher that has")
    own = {teacher_tokenizer.convert_tokens_to_ids(token): str(token) for token in tokens}
    placed = [own.pop(number, None) for number in range(len(ROLES))]
    rest = iter(own.values())
    return [token if token is not None else next(rest) for token in placed]
