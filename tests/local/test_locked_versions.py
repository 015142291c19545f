"""The two lists of exact versions: what is tested with is what is run with."""

from __future__ import annotations

from django.conf import settings


def locked(name: str) -> set[str]:
    lines = (settings.BASE_DIR / name).read_text("utf-8").splitlines()
    return {line.strip() for line in lines if "==" in line and not line.startswith("#")}


def test_what_runs_is_what_is_tested():
    missing = locked("requirements.txt") - locked("requirements-dev.txt")
    assert missing == set(), "run `make lock`, it writes both lists"
