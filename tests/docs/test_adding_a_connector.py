"""docs/adding-a-connector.md, followed to the letter in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

PAGE = "adding-a-connector.md"
COPIED = ("acquiring", "merchants", "copilot", "tests", "docs", "templates")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout of one's own: what is written into it is nobody else's."""
    for name in COPIED:
        source = settings.BASE_DIR / name
        unwanted = shutil.ignore_patterns("__pycache__", "screenshots", "locale", "static")
        shutil.copytree(source, tmp_path / name, ignore=unwanted)
    (tmp_path / "templates" / "locale").mkdir()
    (tmp_path / "templates" / "static").mkdir()
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(settings.BASE_DIR / name, tmp_path / name)
    return tmp_path


def blocks() -> list[tuple[str, str, str]]:
    """The page's blocks in their order: language, file it belongs to, content."""
    text = (settings.DOCS_DIR / PAGE).read_text("utf-8")
    return re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```", text, re.S | re.M)


def run(line: str, directory: Path) -> str:
    words = line.split()
    assert words[0] == "python", line
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=directory,
        env=os.environ | {"DATABASE_URL": _database()},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def _database() -> str:
    """The same server, a database that no other test uses."""
    known = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(known._replace(path=f"{known.path}_adding"))


def test_a_newcomer_who_follows_the_page_has_a_method_and_a_provider(copy):
    told = []
    for language, file, content in blocks():
        if file:
            with (copy / file).open("a", encoding="utf-8") as written:
                written.write(f"\n{content}")
        elif language == "sh":
            told += [run(line, copy) for line in content.splitlines()]

    wired, written, tested = told
    assert "quay_wallet" in wired
    assert written.split() == [
        "acquiring/connectors/drivers/harbour.py",
        "acquiring/sandbox/providers/harbour.py",
        "acquiring/catalogue/providers/harbour.toml",
        "acquiring/connectors/specs/harbour.json",
    ]
    passed = re.search(r"(\d+) passed", tested)
    assert passed, tested[-2000:]
    assert int(passed[1]) > 80
    assert "failed" not in tested


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('live = "https://api.harbour.example"', "live"),
        ('bancontact = "BCMC"', "a word"),
        ('no_money = "insufficient_funds"', "declines"),
        ('PAID = "captured"', "states"),
    ],
)
def test_a_description_that_cannot_be_a_provider_is_refused_by_name(tmp_path, change, words):
    from acquiring.connectors import scaffold

    page = next(content for _, file, content in blocks() if file == "harbour.toml")
    name, _, _ = change.partition(" = ")
    wrong = page.replace(change, f'{name} = "no such thing"')

    with pytest.raises(scaffold.BadDescription, match=words):
        scaffold.read(wrong.encode())


def test_nothing_is_overwritten(tmp_path):
    from django.core.management import CommandError, call_command

    page = next(content for _, file, content in blocks() if file == "harbour.toml")
    description = tmp_path / "harbour.toml"
    description.write_text(page)

    with pytest.raises(CommandError, match="exists already"):
        call_command("new_driver", "stripe", "--from", str(description))
