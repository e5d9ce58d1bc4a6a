"""Devanagari in Latin letters inside a tokenizer, so that names meet the pieces the teacher has for them."""

from typing import Any

from pyserini_optical.lexicon.devanagari import (
    CONSONANTS,
    JOINERS,
    LABIALS,
    NUKTA,
    SIGNS,
    VIRAMA,
    VOWEL_SIGNS,
    VOWELS,
    WITH_NUKTA,
)

NASALS = "".join(sign for sign, sound in SIGNS.items() if sound == "n")
DIGITS = "०१२३४५६७८९"


def romanising_rules() -> list[Any]:
    """Say :func:`~pyserini_optical.lexicon.devanagari.romanise_devanagari` in a tokenizer's own rules.

    Returns
    -------
    list of tokenizers.normalizers.Normalizer
        To be applied in order, to text in NFD; any tokenizers library can run them. Other scripts stay as they are.
    """
    from tokenizers import Regex
    from tokenizers.normalizers import Normalizer, Replace

    rules: list[Normalizer] = [Replace(Regex(f"[{JOINERS}]"), "")]
    # A nasal sign is m before a labial, n elsewhere; from here on each of the two signs stands for one of these.
    m_sign, n_sign = NASALS[0], NASALS[1]
    rules.append(Replace(Regex(f"[{NASALS}](?![{''.join(sorted(LABIALS))}])"), n_sign))
    rules.append(Replace(Regex(f"[{NASALS}](?=[{''.join(sorted(LABIALS))}])"), m_sign))
    # The vowel that a consonant carries is written where a word goes on, but not before another vowel's sign.
    goes_on = f"(?=[\\p{{L}}\\p{{N}}{''.join(SIGNS)}])"
    dotted = {letter + NUKTA: sound for letter, sound in WITH_NUKTA.items()}
    rules.append(Replace(Regex(f"(?<=[{''.join(set(CONSONANTS) - set(WITH_NUKTA))}]){NUKTA}"), ""))
    for letter, sound in (dotted | CONSONANTS).items():
        rules += [Replace(Regex(letter + goes_on), sound + "a"), Replace(letter, sound)]
    sounds = {**VOWELS, **VOWEL_SIGNS, **SIGNS, m_sign: "m", VIRAMA: "", NUKTA: ""}
    sounds |= {digit: str(value) for value, digit in enumerate(DIGITS)}
    return rules + [Replace(letter, sound) for letter, sound in sounds.items()]
