"""Every sample of the documentation is run, or, where there is nothing to run it on, read."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess

import pytest
from django.conf import settings

from acquiring.api import book, pages
from tests import cast
from tests.api.conftest import connected

FENCE = re.compile(r"^```(\w+)(?: tab(?: \"[^\"]+\")?)?\n(.*?)^```$", re.S | re.M)
SAMPLES = [
    pytest.param(name, language, text, id=f"{name}-{number}-{language}")
    for name in book.ORDER
    for number, (language, text) in enumerate(
        FENCE.findall((settings.DOCS_DIR / f"{name}.md").read_text("utf-8"))
    )
]
# Verified with signed requests by tests/webhooks/test_docs.py.
RUN_ELSEWHERE = {("webhooks", one) for one in ("python", "javascript", "php", "go", "ruby", "java")}
RUN_ELSEWHERE |= {("screening", "python")}
READ_ONLY = {"http", "text", "mermaid"}
WITH_REQUESTS = [
    name
    for name in book.ORDER
    if "```bash\n" in (settings.DOCS_DIR / f"{name}.md").read_text("utf-8")
]


def of(language: str) -> list:
    return [one for one in SAMPLES if one.values[1] == language]


def test_every_language_is_run_read_or_known():
    known = {"bash", "sh", "json", "html", *READ_ONLY}
    for name, language, _text in (one.values for one in SAMPLES):
        run = (name, language) in RUN_ELSEWHERE or (name, language) == ("quickstart", "javascript")
        assert run or language in known, (name, language)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here to run the samples")
@pytest.mark.parametrize("name", WITH_REQUESTS)
@pytest.mark.django_db(transaction=True)
def test_every_request_of_a_page_works_in_its_order(name, sandbox, live_server, settings):
    settings.BASE_URL = live_server.url
    shop = cast.shop(cast.person("Amber"), "Amber Lamps")
    connected(shop)
    known = {"BASE": live_server.url, "KEY": shop.secret_key}
    text = (settings.DOCS_DIR / f"{name}.md").read_text("utf-8")
    answers = [run(sample, known) for language, sample in FENCE.findall(text) if language == "bash"]
    if name != "quickstart":
        return
    seen = [one["status"] for one in answers if one["object"] == "payment"]
    wanted = "captured captured declined requires_action authorized captured captured"
    assert seen == wanted.split()
    assert [one["status"] for one in answers if one["object"] == "refund"] == ["succeeded"]


def run(sample: str, known: dict[str, str]) -> dict:
    """The answer of one request; what its words say to keep is kept for the next."""
    done = subprocess.run(
        ["bash", "-euc", sample], env=os.environ | known, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "error" not in answer, (sample, answer)
    if "id" in answer:
        known[answer["object"].upper()] = answer["id"]
    if answer.get("token"):
        known["TOKEN"] = answer["token"]
    return answer


@pytest.mark.django_db(transaction=True)
def test_a_browser_gets_a_token_with_the_publishable_key(live_server, settings, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("node is not installed here")
    shop = cast.shop(cast.person("Amber"), "Amber Lamps")
    (sample,) = [one.values[2] for one in of("javascript") if one.values[0] == "quickstart"]
    script = sample.replace(pages.ADDRESS, live_server.url)
    script = script.replace(pages.PUBLISHABLE, shop.publishable_key) + "console.log(token);\n"
    (tmp_path / "token.mjs").write_text(script)
    done = subprocess.run(
        ["node", "token.mjs"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("tok_"), done.stderr


@pytest.mark.parametrize(("name", "language", "text"), of("json"))
def test_json_is_json(name, language, text):
    json.loads(text)


@pytest.mark.parametrize(("name", "language", "text"), of("sh"))
def test_shell_lines_can_be_read_by_a_shell(name, language, text):
    done = subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "language", "text"), of("html"))
def test_scripts_of_pages_can_be_read(name, language, text, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("node is not installed here")
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.S):
        (tmp_path / "page.mjs").write_text(script)
        done = subprocess.run(["node", "--check", "page.mjs"], cwd=tmp_path, timeout=20)
        assert done.returncode == 0


def test_the_arithmetic_of_scaling_is_done_again():
    page = (settings.DOCS_DIR / "scaling.md").read_text("utf-8")
    web, db = (
        float(re.search(rf"\| {one} \| ([\d.]+) ms", page)[1]) for one in ("web", "PostgreSQL")
    )
    worker, delivery = map(
        float, re.search(r"\| worker \| ([\d.]+) ms, and ([\d.]+) ms", page).groups()
    )
    rows = re.findall(
        r"^\| ([\d,]+) \| ([\d,.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", page, re.M
    )
    assert len(rows) == 5
    for day, second, *cores in rows:
        busiest = int(day.replace(",", "")) / 86_400 * 10
        assert float(second.replace(",", "")) == pytest.approx(busiest, rel=0.05)
        for told, milliseconds in zip(cores, (web, worker + 3 * delivery, db), strict=True):
            exact = busiest * milliseconds / 1000 / 0.6
            assert float(told) == pytest.approx(exact, abs=max(0.1, exact * 0.02))


def test_the_figures_of_scaling_are_those_that_were_measured():
    measured = (settings.DOCS_DIR / "performance.md").read_text("utf-8")
    web, worker = re.search(r"CPU web, worker \| ([\d.]+) ms, ([\d.]+) ms", measured).groups()
    postgres = re.search(r"CPU postgres, sandbox \| ([\d.]+) ms", measured)[1]
    page = (settings.DOCS_DIR / "scaling.md").read_text("utf-8")
    assert f"| web | {float(web):.1f} ms" in page
    assert f"| worker | {float(worker):.1f} ms" in page
    assert f"| PostgreSQL | {float(postgres):.1f} ms" in page


def test_python_of_the_documentation_is_python():
    for one in of("python"):
        ast.parse(one.values[2])
