"""A company in Singapore is approved in one sitting, by somebody at a browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from acquiring.core import clock
from merchants.onboarding import queries, working
from tests import cast
from tests.browser import chromium
from tests.onboarding import sheets

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(chromium.MISSING, reason=chromium.WHY_NOT),
    pytest.mark.usefixtures("services", "screened", "_near"),
]
AT = "/business-details/"
PATIENCE_SECONDS = 15
COMPANY = {
    "company.identifiers.uen": "202012345H",
    "company.formed_on": "2020-03-04",
    "company.registered_address.line1": "38 Tiong Bahru Road",
    "company.registered_address.postal_code": "160038",
    "company.phone": "+65 6123 4567",
}
ACTIVITY = {
    "activity.description": "Lamps of glass and brass, sold to people at home.",
    "activity.website": "https://lamps.example",
    "activity.delivery_days": "3",
    "activity.monthly_volume": "20000",
    "activity.average_payment": "50",
    "activity.largest_payment": "500",
}
BANK = {"bank_code": "7171", "branch_code": "001", "account_number": "0123456789"}
PERSON = {
    "name": "Nora Nordlicht",
    "share": "100",
    "birth_date": "1985-04-03",
    "nationality": "SG",
    "identifiers.nric": "S1234567D",
    "address.line1": "1 Test Street",
    "address.postal_code": "160038",
}
# A file as somebody drags it from their desk onto the place of a paper.
_DROP = """
const [place, name, content] = arguments;
const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
const dataTransfer = new DataTransfer();
dataTransfer.items.add(new File([bytes], name, {type: "image/png"}));
const how = {dataTransfer, bubbles: true, cancelable: true};
for (const type of ["dragover", "drop"]) place.dispatchEvent(new DragEvent(type, how));
"""
_WRITE = """
const [field, text] = arguments;
field.value = text;
field.dispatchEvent(new Event("input", {bubbles: true}));
field.dispatchEvent(new Event("change", {bubbles: true}));
"""


class Sitting:
    """Somebody at the pages of an application."""

    def __init__(self, browser: WebDriver, base: str) -> None:
        self.browser = browser
        self.base = base

    def waits(self, css: str) -> None:
        WebDriverWait(self.browser, PATIENCE_SECONDS).until(
            lambda browser: browser.find_elements(By.CSS_SELECTOR, css), css
        )

    def arrives(self, path: str) -> None:
        WebDriverWait(self.browser, PATIENCE_SECONDS).until(
            lambda browser: path in browser.current_url, path
        )

    def fills(self, values: dict[str, str], at: str = "") -> None:
        for name, text in values.items():
            self.waits(f"[name='{at}{name}']")
            field = self.browser.find_element(By.NAME, at + name)
            self.browser.execute_script(_WRITE, field, text)

    def ticks(self, *values: str) -> None:
        for value in values:
            css = f"#main input[value='{value}']"
            self.waits(css)
            if not self.browser.find_element(By.CSS_SELECTOR, css).is_selected():
                self.presses(css)

    def presses(self, css: str) -> None:
        self.waits(css)
        field = self.browser.find_element(By.CSS_SELECTOR, css)
        self.browser.execute_script("arguments[0].click()", field)

    def presses_every(self, css: str) -> None:
        self.waits(css)
        for field in self.browser.find_elements(By.CSS_SELECTOR, css):
            self.browser.execute_script("arguments[0].click()", field)

    def goes_on(self, path: str) -> None:
        self.presses("#main .bz-foot .btn-primary")
        self.arrives(path)


@pytest.fixture
def sitting(live_server, settings, amber, shop) -> Iterator[Sitting]:
    settings.ALLOWED_HOSTS = ["*"]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    shop("Testco Lamps", "SG")
    with chromium.chromium() as browser:
        chromium.sign_in(browser, live_server.url, cast.at_the_desk(amber))
        yield Sitting(browser, live_server.url)


def test_a_company_goes_from_nothing_to_approved_in_one_sitting(sitting, amber):
    browser = sitting.browser
    browser.get(f"{sitting.base}{AT}")
    sitting.arrives("begin/")
    assert Select(browser.find_element(By.ID, "country")).first_selected_option.text == "Singapore"
    sitting.ticks("company")
    sitting.presses("#begin .btn-primary")

    sitting.arrives("steps/company/")
    sitting.fills(COMPANY)
    sitting.goes_on("steps/activity/")

    sitting.ticks("online", "consumers")
    sitting.waits("[name='activity.website']")  # asked since it sells on a website
    field = browser.find_element(By.NAME, "activity.mcc:words")
    field.send_keys("lamp")
    sitting.waits("#main [role=listbox] [data-value]")
    field.send_keys("\ue015\ue007")  # down, Enter
    sitting.fills(ACTIVITY)
    sitting.goes_on("steps/accounts/")

    sitting.presses(".bz-new .btn")
    sitting.arrives("accounts/ban_")
    sitting.fills(BANK, at=prefix(sitting, "accounts") + "fields.")
    sitting.presses(".cv-person-open .btn-primary")
    sitting.arrives("steps/accounts/")
    sitting.goes_on("steps/people/")

    sitting.presses("form[action$='people/new/'] .btn")
    sitting.arrives("people/per_")
    sitting.ticks("owner", "director", "representative")
    sitting.waits("[name$='.share']")  # asked since they own a part
    sitting.fills(PERSON, at=prefix(sitting, "people"))
    sitting.ticks("no")
    sitting.presses(".cv-person-open .btn-primary")
    sitting.arrives("steps/people/")
    sitting.goes_on("steps/documents/")

    hands_everything_in(sitting)
    sitting.goes_on("steps/send/")
    sitting.presses_every("#main .bz-consent input")
    sitting.presses("#main .bz-foot .btn-primary")

    sitting.waits("[hx-trigger='every 3s']")
    assert working.work() == 1
    sitting.waits(".bz-verdict[data-tone='ok']")
    assert "You may take live payments" in browser.find_element(By.ID, "main").text
    assert chromium.complaints(browser) == []
    terms = queries.terms(amber.memberships.get().business_id, "live")
    assert terms is not None
    assert terms.currency == "SGD"


def prefix(sitting: Sitting, of: str) -> str:
    """What the names of the open person's or account's fields begin with."""
    shown = sitting.browser.current_url.partition(f"/{of}/")[2].partition("/")[0]
    return f"{of}.{shown}."


def hands_everything_in(sitting: Sitting) -> None:
    """Drag a file onto each place, until none is left that asks for one."""
    sitting.waits("[data-bz-upload]")
    content = base64.b64encode(sheets.png()).decode()
    day = clock.now().date()
    dates = {"issued_on": day - timedelta(days=9), "expires_on": day + timedelta(days=900)}
    while places := sitting.browser.find_elements(By.CSS_SELECTOR, "[data-bz-upload]"):
        for name, date in dates.items():
            for field in places[0].find_elements(By.NAME, name):
                sitting.browser.execute_script(_WRITE, field, str(date))
        drop = places[0].find_element(By.CSS_SELECTOR, ".bz-drop")
        sitting.browser.execute_script(_DROP, drop, "paper.png", content)
        WebDriverWait(sitting.browser, PATIENCE_SECONDS).until(staleness_of(places[0]))
