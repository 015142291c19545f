"""The tree keeps its own rules: sizes, names, no floats near money, one socket, one environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("acquiring", "merchants", "copilot")
MAX_FUNCTION_LINES = 70
MAX_MODULE_LINES = 500
BANNED_NAMES = {"utils", "helpers", "manager", "common", "misc"}
# Django's own furniture: what such a file holds, its name and its module's docstring say.
SELF_EVIDENT = {"admin", "apps", "forms", "tasks", "models", "urls"}
# Where bytes leave, and where the environment is read. The launcher runs before there is a product.
SOCKETS = {"acquiring/core/http.py"}
ENVIRONMENT = re.compile(r"os\.environ(?!\.setdefault\()|os\.getenv")


def modules(*tops: str) -> Iterator[Path]:
    for top in tops or ROOMS:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


ALL = [pytest.param(path, id=shown(path)) for path in modules()]


@pytest.mark.parametrize("path", ALL)
def test_a_module_stays_small_and_its_functions_smaller(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", ALL)
def test_a_file_is_named_for_what_it_holds(path):
    assert path.stem not in BANNED_NAMES


@pytest.mark.parametrize("path", ALL)
def test_public_things_say_what_they_do(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.stem in SELF_EVIDENT | {"__init__"}:
        return
    assert ast.get_docstring(tree) or "commands" in path.parts, "the module"
    if {"drivers", "providers", "commands"} & set(path.parts):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize(
    "path", [one for one in ALL if {"payments", "ledger", "risk"} & set(one.values[0].parts)]
)
def test_money_rooms_know_no_float(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not (isinstance(node, ast.Name) and node.id == "float")


def test_one_file_opens_sockets():
    users = {
        shown(path)
        for path in modules()
        if re.search(r"^\s*(import|from) (requests|urllib3|httpx|aiohttp)", path.read_text(), re.M)
        and "local" not in path.parts
    }
    assert users == SOCKETS


def test_one_file_reads_the_environment():
    users = {
        shown(path)
        for path in modules()
        if ENVIRONMENT.search(path.read_text()) and "local" not in path.parts
    }
    assert users == {"acquiring/settings.py"}


def test_no_signals_and_no_unfinished_work():
    for path in modules():
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(TODO|FIXME|XXX|NotImplemented\b)", source), shown(path)
        assert "django.db.models.signals" not in source, shown(path)


def test_nothing_knows_the_shared_folder_but_tests():
    for path in modules():
        if shown(path) == "acquiring/settings.py":
            continue
        assert "settings.SHARED" not in path.read_text(encoding="utf-8"), shown(path)
