"""A wrong row is refused with its file and name."""

import subprocess
import sys

import pytest

from acquiring.catalogue.loading import HERE, TableError, provider

HEAD = """
title = "Lotus"
connect_timeout_seconds = 5
read_timeout_seconds = 30
idempotency_characters = 64
settle_days = 2
sources = ["lotus.example"]
[methods]
"""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('ideal = { code = "ideal", capture = "automatic", colour = "blue" }', "colour"),
        ('ideal = { code = "ideal", capture = "sometimes" }', "sometimes"),
        ('ideal = { code = "ideal" }', "capture"),
        ('ideal = { code = "i", capture = "both", minimum = { EUR = 0.5 } }', "minimum"),
        ('ideal = { code = "i", capture = "both", needs = ["shoe size"] }', "shoe size"),
        ('ideal = { code = "i", capture = "both", provider = "adyen" }', "provider is decided by"),
        ('no_such_method = { code = "x", capture = "both" }', "no such method"),
    ],
)
def test_a_wrong_row_is_refused_by_name(tmp_path, row, words):
    path = tmp_path / "lotus.toml"
    path.write_text(HEAD + row)

    with pytest.raises(TableError, match=r"lotus\.toml \[") as refused:
        provider(path)
    assert words in str(refused.value)


def test_a_row_that_is_right_is_read(tmp_path):
    path = tmp_path / "lotus.toml"
    path.write_text(HEAD + 'ideal = { code = "ideal", capture = "automatic" }')

    assert provider(path).connectors[0].currencies == {"EUR"}


def test_the_catalogue_needs_no_framework_and_no_wide_library():
    program = (
        "import sys; from acquiring import catalogue; catalogue.providers(); "
        "print(sorted({'django', 'requests', 'celery', 'pycountry', 'babel'} & set(sys.modules)))"
    )
    root = HERE.parents[1]
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"
