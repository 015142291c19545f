"""A platform onboards its merchants by the API: every path that the simulators' table names."""

from __future__ import annotations

import pytest

from acquiring.core.models import AuditEntry, Event
from merchants import keys
from merchants.onboarding import working
from tests.api.conftest import Api
from tests.onboarding.by_api import ROOM, given

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services", "screened", "_one_sheet")]


@pytest.fixture
def platform(ambers_shop) -> Api:
    return Api(ambers_shop, ambers_shop.secret_key)


def sent(platform: Api, application: dict) -> dict:
    answer = platform.post(f"{ROOM}/{application['id']}/send")
    assert answer["status"] == "checking", answer
    working.work()
    return platform.get(f"{ROOM}/{application['id']}")


def test_a_platform_brings_a_merchant_from_nothing_to_approved(platform):
    application = sent(platform, given(platform))

    assert (application["status"], application["mode"]) == ("approved", "test")
    assert application["terms"]["currency"] == "SGD"
    verdict = platform.get(f"{ROOM}/{application['id']}/verdict")
    assert (verdict["outcome"], verdict["decided_by"]) == ("approve", "rules")
    assert all(one["source"] for one in (*verdict["rules"], *verdict["checks"]))
    assert {one["result"] for one in verdict["checks"]} == {"pass"}
    assert verdict["expires_at"] > verdict["created_at"]
    types = set(Event.objects.filter(merchant_id=platform.shop.merchant.id)
                .values_list("type", flat=True))  # fmt: skip
    happened = {f"onboarding.application.{one}" for one in ("opened", "sent", "approved")}
    assert happened | {"onboarding.document.received"} <= types


def test_numbers_go_in_and_do_not_come_out(platform):
    application = given(platform)

    assert application["identifiers"]["uen"] == "…345H"
    assert "1985-04-03" not in str(application)
    assert "birth_date" in application["people"][0]["given"]
    payloads = str(list(Event.objects.values_list("payload", flat=True)))
    assert "Nora" not in payloads
    assert "202012345H" not in payloads


def test_what_is_missing_is_said_by_its_path_when_it_is_sent(platform):
    firm = {"business_name": "Testco Lamps", "country": "SG"}
    made = platform.post(ROOM, firm)
    refused = platform.post(f"{ROOM}/{made['id']}/send")

    assert (refused.status, refused.code) == (422, "requirements_open")
    assert refused.param == made["requirements"][0]["path"] == "entity"


def test_a_wrong_value_is_kept_and_shown_as_wrong(platform):
    application = given(platform)
    at = f"{ROOM}/{application['id']}"
    told = platform.call("PATCH", at, {"changes": {"company.identifiers.uen": "202012345A"}})

    (wrong,) = [one for one in told["requirements"] if one["status"] == "wrong"]
    assert wrong["path"] == "company.identifiers.uen"
    assert "check digit" in wrong["problem"]


def test_a_change_of_an_old_version_is_a_conflict(platform):
    application = given(platform)
    at = f"{ROOM}/{application['id']}"
    late = platform.call("PATCH", at, {"changes": {"company.trading_name": "X"}, "version": 1})

    assert (late.status, late.code) == (409, "conflict")


def test_what_is_asked_is_answered_and_looked_at_again(platform):
    application = sent(platform, given(platform, **{"identifiers.passport": "LOST00001"}))
    assert application["status"] == "needs_information"
    (task,) = application["tasks"]
    at = f"{ROOM}/{application['id']}"
    assert platform.post(f"{at}/send").code == "requirements_open"

    (person,) = application["people"]
    path = f"{at}/people/{person['id']}"
    platform.call("PATCH", path, {"changes": {"identifiers.passport": "X1234567"}})
    answered = platform.post(f"{at}/tasks/{task['id']}/answer", {"answer": "A new passport."})

    assert answered["status"] == "answered"
    assert sent(platform, application)["status"] == "approved"


def test_of_a_listed_name_the_platform_learns_only_that_we_look(platform):
    application = sent(platform, given(platform, name="Testperson Gelistet"))

    assert application["status"] == "in_review"
    verdict = platform.get(f"{ROOM}/{application['id']}/verdict")
    assert (verdict["reason"], verdict["rules"], verdict["checks"]) == (
        "We are looking at it.", [], [],
    )  # fmt: skip
    assert verdict["tier"] is None


def test_a_key_without_the_scope_sees_nothing(platform):
    made = keys.issue(platform.shop.merchant, "restricted", "system", scopes=["payments:write"])
    assert Api(platform.shop, made.secret).get(ROOM).code == "insufficient_scope"


def test_another_platform_finds_nothing(platform, chiaras_shop):
    application = given(platform)
    other = Api(chiaras_shop, chiaras_shop.secret_key)
    at = f"{ROOM}/{application['id']}"
    (person,), (account,) = application["people"], application["bank_accounts"]

    for path in (at, f"{at}/people", f"{at}/people/{person['id']}", f"{at}/verdict",
                 f"{at}/bank_accounts/{account['id']}", f"{at}/documents"):  # fmt: skip
        assert other.get(path).code == "not_found", path
    assert other.get(ROOM)["data"] == []
    mine = given(other, "Testco Ceramics")
    assert other.get(f"{ROOM}/{mine['id']}/people/{person['id']}").code == "not_found"


def test_what_a_country_asks_is_data(platform):
    kinds = platform.get("/onboarding/requirements", country="DE")
    assert {one["entity"] for one in kinds["entities"]} >= {"company", "sole_trader"}
    trader = platform.get("/onboarding/requirements", country="DE", entity="sole_trader")
    papers = [one for one in trader["requirements"] if one["kind"] == "paper"]
    assert [one["path"] for one in papers] == ["documents.identity.*"]
    assert platform.get("/onboarding/requirements", country="XX").code == "invalid_field"
    assert platform.get("/onboarding/requirements", country="DE", entity="x").param == "entity"


def test_a_link_opens_the_application_until_it_is_revoked(platform):
    from merchants.onboarding import links

    application = given(platform)
    at = f"{ROOM}/{application['id']}/links"
    made = platform.post(at, {"return_url": "https://platform.example/done"})
    secret = made["url"].rpartition("/")[2]

    assert links.enter(secret).shown == application["id"]
    assert platform.delete(at)["revoked"] == 1
    with pytest.raises(links.Problem, match="no longer works"):
        links.enter(secret)


def test_a_file_that_is_refused_stays_in_the_log(platform):
    application = platform.post(ROOM, {"business_name": "Testco Lamps", "country": "SG"})
    at = f"{ROOM}/{application['id']}/documents"

    refused = platform.form(at, ("paper.gif", b"GIF89a"), kind="acra_profile")

    assert (refused.code, refused.param) == ("invalid_field", "file")
    assert AuditEntry.objects.filter(
        action="document.not_taken", subject=application["id"]
    ).exists()
