"""The Dockerfile and the compose file, as far as they can be tried without Docker."""

import argparse
import importlib
import json
import re
import shlex

import yaml

from tests.conftest import REPOSITORY


def read_commands():
    """The commands of ours that the two files run, as words without the program's name."""
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    yield from (shlex.split(words) for words in re.findall(r"^RUN pyserini-optical (.+)$", dockerfile, re.MULTILINE))
    yield json.loads(re.search(r"^CMD (.+)$", dockerfile, re.MULTILINE)[1])
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    yield from (shlex.split(service["command"]) for service in services.values())


def test_the_commands_that_containers_run_exist():
    commands = [words for words in read_commands() if "--help" not in words]
    assert {words[0] for words in commands} == {"export", "demo", "serve"}
    for verb, *words in commands:
        parser = argparse.ArgumentParser(exit_on_error=False)
        importlib.import_module(f"pyserini_optical.commands.{verb}").configure(parser)
        parser.parse_args(words)


def test_what_an_installation_reads_is_in_the_image():
    kept = [line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((REPOSITORY / path).exists() for path in kept)
    needed = re.findall(r"^(?:graft|include) (.+)$", (REPOSITORY / "MANIFEST.in").read_text(), re.MULTILINE)
    shipped = [path for line in needed for path in line.split() if path != "Makefile"]
    assert set(shipped) <= set(kept)


def test_only_this_machine_reaches_what_compose_serves():
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services["ask"]["ports"] == ["127.0.0.1:8080:8080"]


def test_the_user_of_the_image_may_write_to_the_volume_of_compose():
    made = re.findall(r"--owner=optical (\S+)", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"))
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert {volume.split(":")[1] for service in services.values() for volume in service["volumes"]} == set(made)
