"""Every number of every verb has its range, and a number outside it is one line."""

import argparse
import importlib

import pytest

from pyserini_optical.commands import VERBS, main
from pyserini_optical.commands import options as numbers

PARSERS = {numbers.count, numbers.natural, numbers.share, numbers.amount, numbers.positive}


def options_of(parser):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options_of(inner)
        else:
            yield action


@pytest.mark.parametrize("verb", VERBS)
def test_no_option_takes_just_any_number(verb):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"pyserini_optical.commands.{verb.replace('-', '_')}").configure(parser)
    loose = [action.dest for action in options_of(parser) if action.type in (int, float)]
    assert not loose
    unchecked = [
        action.dest
        for action in options_of(parser)
        if isinstance(action.default, (int, float))
        and not isinstance(action.default, bool)
        and action.type not in PARSERS
    ]
    assert not unchecked


@pytest.mark.parametrize(
    ("parse", "lawful", "unlawful"),
    [
        (numbers.count, {"1": 1, "1000": 1000, "+3": 3}, ["0", "-1", "1.0", "1e3", "nan", "", "ten", "1_000"]),
        (numbers.natural, {"0": 0, "60": 60}, ["-1", "-61", "0.5", "inf"]),
        (numbers.share, {"0": 0.0, "0.4": 0.4, "1": 1.0}, ["-0.1", "1.01", "nan", "inf", "a"]),
        (numbers.amount, {"0": 0.0, "1e3": 1000.0}, ["-1e-9", "nan", "inf", "-inf", "1_0"]),
        (numbers.positive, {"1e-9": 1e-9}, ["0", "-1", "nan"]),
    ],
)
def test_ranges(parse, lawful, unlawful):
    assert {text: parse(text) for text in lawful} == lawful
    for text in unlawful:
        with pytest.raises(argparse.ArgumentTypeError, match="give a"):
            parse(text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fuse --runs a b --output c --k -1", "argument --k: -1: give a whole number of at least 1"),
        ("fuse --runs a b --output c --k 0", "argument --k: 0: give a whole number of at least 1"),
        ("fuse --runs a b --output c --depth -1", "argument --depth: -1"),
        (
            "fuse --runs a b --output c --method rrf --rrf.k -61",
            "argument --rrf.k: -61: give a whole number of at least 0",
        ),
        ("fuse --runs a b --output c --method rrf --rrf.k -1", "argument --rrf.k: -1"),
        ("late search --index i --topics t --output o --hits -1", "argument --hits: -1"),
        ("late search --index i --topics t --output o --probes 0", "argument --probes: 0"),
        ("late search --index i --topics t --output o --candidates 0", "argument --candidates: 0"),
        ("late rerank --run r --index i --topics t --output o --rerank-hits -1", "argument --rerank-hits: -1"),
        ("search --topics t --output o --hits 0", "argument --hits: 0"),
        ("search --topics t --output o --k1 -2", "argument --k1: -2: give a number of at least 0"),
        ("search --topics t --output o --b 1.5", "argument --b: 1.5: give a number from 0 to 1"),
        ("search --topics t --output o --b nan", "argument --b: nan"),
        ("search --topics t --output o --weights 1 inf", "argument --weights: inf"),
        ("search --topics t --output o --threads 1.5", "argument --threads: 1.5"),
        ("evaluate --qrels q r -l 0", "argument -l/--relevance-level: 0"),
        ("lexicon --bitext b --output o --threshold 2", "argument --threshold: 2"),
        ("add-language --bitext b --minutes nan", "argument --minutes: nan"),
        ("distill --output o --steps -5", "argument --steps: -5"),
        ("fuse --runs a b", "the following arguments are required: --output"),
    ],
)
def test_a_number_out_of_range_is_one_line(words, said, capsys):
    assert main(words.split()) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert said in printed
    assert printed.count("\n") == 1
