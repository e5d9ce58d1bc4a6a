"""What the documents say is there and works: links, verbs and flags, and the blocks that are marked to be run."""

import argparse
import contextlib
import importlib
import io
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass

import pytest

from pyserini_optical.commands import VERBS
from tests.conftest import REPOSITORY

PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("e*/*/README.md")],
    key=lambda path: path.as_posix(),
)
FENCE = re.compile(r"(?:<!-- ([a-z ]+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, what is said of it (`run`), its language and its text."""

    page: str
    mark: str
    language: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """Our commands in it, as words without the program's name."""
        lines = self.text.replace("\\\n", " ").splitlines()
        words = [shlex.split(line, comments=True) for line in lines]
        return [line[1:] for line in words if line[:1] == ["pyserini-optical"]]


def read_blocks() -> list[Block]:
    return [
        Block(page.relative_to(REPOSITORY).as_posix(), *(part or "" for part in found))
        for page in PAGES
        for found in FENCE.findall(page.read_text(encoding="utf-8"))
    ]


BLOCKS = read_blocks()
COMMANDS = [(block.page, words) for block in BLOCKS for words in block.commands]


@pytest.fixture
def workplace(tmp_path):
    """A folder that looks like a clone to what is run in it, and takes what is written."""
    for name in ("encoders", "eval", "runs", "pyserini_optical"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page}: {target}"


def test_each_page_of_the_site_is_in_its_menu():
    menu = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.relative_to(REPOSITORY / "docs").as_posix() for path in REPOSITORY.glob("docs/**/*.md")}
    assert pages == set(re.findall(r": (\S+\.md)$", menu, re.MULTILINE))


def test_the_documents_hold_what_is_tested_here():
    assert len(COMMANDS) > 25
    assert {words[0] for _, words in COMMANDS} >= set(VERBS) - {"demo", "translate"}


@pytest.mark.parametrize(("page", "words"), COMMANDS, ids=lambda value: value if isinstance(value, str) else value[0])
def test_commands_have_verbs_and_flags_that_exist(page, words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    module = importlib.import_module(f"pyserini_optical.commands.{words[0].replace('-', '_')}")
    module.configure(parser)
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            parser.parse_args(words[1:])
        except (SystemExit, argparse.ArgumentError) as error:
            pytest.fail(f"{page}: {shlex.join(words)}: {error} {said.getvalue()}")


@pytest.mark.parametrize("words", [words for _, words in COMMANDS if words[:2] == ["bitext", "get"]], ids=shlex.join)
def test_the_corpora_named_are_in_the_catalogue(words):
    pytest.importorskip("opustools")
    from pyserini_optical.bitext.opus import find_corpora

    parser = argparse.ArgumentParser()
    importlib.import_module("pyserini_optical.commands.bitext").configure(parser)
    args = parser.parse_args(words[1:])
    assert set(args.corpus or ()) <= {corpus.name for corpus in find_corpora(words[2])}


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS if block.mark == "run"}))
def test_blocks_marked_to_be_run_go_well(workplace, page):
    for block in BLOCKS:
        if block.page == page and block.mark == "run":
            for words in block.commands:
                command = [sys.executable, "-m", "pyserini_optical", *words]
                done = subprocess.run(command, cwd=workplace, capture_output=True, text=True, check=False)
                assert done.returncode == 0, f"{page}: {shlex.join(words)}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=lambda b: b.page)
def test_python_blocks_run(block, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block.text, block.page, "exec"), {})


def test_the_recipe_of_the_guide_is_one(tmp_path):
    from pyserini_optical.distillation.recipe_files import read_recipe

    (text,) = [block.text for block in BLOCKS if block.language == "yaml" and block.text.startswith("bitext:")]
    (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
    assert read_recipe(tmp_path / "recipe.yaml").bitext == {"yor": [str(tmp_path / "yor.tsv.gz")]}
