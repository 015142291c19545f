"""`make screenshots`: a small picture of every page, at both widths, of the platform that runs.

It looks as the demo's owner does: every page of the workspace, of the documentation and of the
checkout, found in the URL configuration; about a thing of each kind that the lists lead to.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import django
from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from PIL import Image
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from acquiring.core import ids
from tests.browser import chromium
from tests.browser.chromium import Screen
from tests.browser.walk import Route, routes

OUT = settings.BASE_DIR / "docs" / "screenshots"
DEMO = settings.BASE_DIR / ".run" / "demo.json"
SCREENS = (Screen(1440, "light"), Screen(390, "light"))
IN_THE_DARK = dict.fromkeys(
    ("overview", "payments", "payment", "checkout", "docs"), (Screen(1440, "dark"),)
)
TALLEST = 1800  # pixels; a longer page is cut
COLOURS = 48
PATIENCE_SECONDS = 5
CHAPTERS = ("quickstart", "webhooks", "testing")  # of the documentation; all look alike
NO_PICTURE = ("docs-page", "docs-search-index", "mailbox", "logo", "list_keep", "start", "palette")
_LINKS = "return [...document.querySelectorAll('a[href], [data-cv-copy]')].map("
_LINKS += "(one) => one.href || one.dataset.cvCopy)"
_IS_A_PAGE = """
const came = performance.getEntriesByType("navigation")[0];
return document.contentType === "text/html" && came.responseStatus === 200;
"""
_COMING = """
const seen = (one) => one.getBoundingClientRect().top < innerHeight;
return [...document.querySelectorAll(".cv-chart")].some((one) => !one.firstChild)
  || [...document.images].some((one) => seen(one) && !one.complete);
"""
_QUIET = "document.querySelectorAll('.pt-toasts').forEach((one) => one.remove());"


def main(wanted: list[str]) -> int:
    """Take the pictures of the named pages, of all without a name."""
    if chromium.MISSING or not DEMO.exists():
        print(f"  {chromium.WHY_NOT}, and `make run` in another terminal", file=sys.stderr)
        return 1
    demo = json.loads(DEMO.read_text())
    OUT.mkdir(parents=True, exist_ok=True)
    with chromium.chromium() as browser:
        chromium.stand_still(browser)
        _log_in(browser, demo)
        pages = _addresses(browser, demo["base_url"]) | _things(demo)
        pages |= _reviews(browser, demo["base_url"])
        for name, address in sorted(pages.items()):
            if not wanted or name in wanted:
                _take(browser, name, address)
    total = sum(path.stat().st_size for path in OUT.glob("*.png"))
    print(f"  {len(list(OUT.glob('*.png')))} pictures in {OUT}, {total / 1_000_000:.1f} MB")
    return 0


def _log_in(browser: WebDriver, demo: dict[str, str]) -> None:
    browser.get(f"{demo['base_url']}/login/")
    for page in ("home", "account_signup", "account_login", "account_reset_password"):
        _take(browser, page, f"{demo['base_url']}{reverse(page)}")
    browser.get(f"{demo['base_url']}/login/?way=password")
    browser.find_element(By.NAME, "login").send_keys(demo["email"])
    browser.find_element(By.NAME, "password").send_keys(demo["password"])
    browser.find_element(By.CSS_SELECTOR, "main form .btn-primary").click()


def _addresses(browser: WebDriver, base: str) -> dict[str, str]:
    """By its name, the address of every page: the lists, and what they lead to."""
    every = {route.name: route for route in routes() if route.about not in NO_PICTURE}
    plain = [route for route in every.values() if not route.needs]
    found = {route.about: f"{base}{reverse(route.name)}" for route in plain}
    found = {name: path for name, path in found.items() if not name.startswith("account_")}
    for _ in range(2):  # what a list leads to, and what that leads to
        for address in list(found.values()):
            browser.get(address)
            _note(browser.execute_script(_LINKS), base, every, found)
    return found


def _things(demo: dict[str, str]) -> dict[str, str]:
    """What a shop has besides: a link, its page, a checkout. Made by the API."""
    link = {"title": "Desk lamp", "amount": 4900, "currency": "EUR", "reference": "LAMP-1"}
    made = _post(demo, "/payment_links", link)
    session = {"amount": 24890, "currency": "EUR", "country": "NL", "reference": "LM-20417"}
    return {
        "link": f"{demo['base_url']}{reverse('test:link', args=[made['id']])}",
        "payment_link": made["url"],
        "checkout": _post(demo, "/checkout_sessions", session)["url"],
    }


def _reviews(browser: WebDriver, base: str) -> dict[str, str]:
    """What staff see of applications: the queue and its first case, the hits and the first."""
    found = {}
    for name, model in (("review", "onboarding_case"), ("screening", "screening_hit")):
        queue = f"{base}{reverse(f'admin:{model}_changelist')}"
        browser.get(queue)
        first = browser.find_elements(By.CSS_SELECTOR, "#result_list a[href*='/change/']")
        found[f"{name}_queue"] = queue
        if first:
            found[f"{name}_case"] = (first[0].get_attribute("href") or "").partition("?")[0]
    return found


def _post(demo: dict[str, str], path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {
        "Authorization": f"Bearer {demo['secret_key']}",
        "Content-Type": "application/json",
        "Idempotency-Key": ids.new().hex,
    }
    content = json.dumps(body).encode()
    request = Request(f"{demo['base_url']}/v1{path}", content, headers)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _note(links: Iterable[str], base: str, every: dict[str, Route], found: dict[str, str]) -> None:
    for link in links:
        parts = urlsplit(link)
        if not link.startswith(base) or parts.query:
            continue
        try:
            match = resolve(parts.path)
        except Resolver404:
            continue
        name = match.view_name
        if name == "docs-page" and match.kwargs["name"] in CHAPTERS:
            found.setdefault(f"docs-{match.kwargs['name']}", link)
        elif name in every:
            found.setdefault(every[name].about, link)


def _take(browser: WebDriver, name: str, address: str) -> None:
    screens = [*SCREENS, *IN_THE_DARK.get(name, ())]
    for screen in screens:
        # The admin takes what it does not know in an address for a filter.
        how = "" if "/admin/" in address else f"?still=1&theme={screen.theme}"
        browser.get(f"{address}{how}")
        if not browser.execute_script(_IS_A_PAGE):
            return
        chromium.resize(browser, screen)
        browser.execute_script(_QUIET)
        _save(browser, OUT / f"{name}-{screen.width}-{screen.theme}.png", screen)


def _save(browser: WebDriver, path: Path, screen: Screen) -> None:
    tall = browser.execute_script("return document.documentElement.scrollHeight")
    chromium.resize(browser, screen, min(max(tall, 844), TALLEST))
    with suppress(TimeoutException):  # a chart without figures is never drawn
        WebDriverWait(browser, PATIENCE_SECONDS).until_not(_blank)
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
    picture = Image.open(io.BytesIO(base64.b64decode(shot))).convert("RGB")
    small = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def _blank(browser: WebDriver) -> bool:
    """Whether a chart is still to be drawn, or a picture to come: they do when they are seen."""
    return browser.execute_script(_COMING)


if __name__ == "__main__":
    django.setup()
    sys.exit(main(sys.argv[1:]))
