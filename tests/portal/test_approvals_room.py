"""Two people for what matters: proposed by one, decided by another, done once."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from acquiring.connectors.driver import Outcome
from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from acquiring.payments.models import Refund
from merchants import keys, proposals, second_person, services
from merchants.models import ApiKey, Membership
from merchants.people import Proposal
from tests import cast
from tests.notices.conftest import send_letters
from tests.payments.conftest import provider, till  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
ALL = {
    "payment.refund": {"above": 1000, "currency": "EUR"},
    "api_key.create": {},
    "member.role": {},
}


@pytest.fixture
def business(ambers_shop):
    return second_person.change(ambers_shop.business, ambers_shop.owner, ALL)


@pytest.fixture
def amber_at(business, ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def fay_at(business):
    """Fay, a second owner."""
    fay = cast.person("Fay")
    services.add_member(business, fay, "owner", "system")
    return cast.at_the_desk(fay)


def text(answer) -> str:
    return answer.content.decode()


def refund(client, payment: str, amount: str):
    page = client.get(f"/test/payments/{payment}/refund/?amount={amount}")
    sent = {"amount": amount, "seen": amount.replace(".", ""), "reason": ""}
    sent["once"] = str(page.context["form"].initial["once"])
    return client.post(f"/test/payments/{payment}/refund/", sent)


@pytest.fixture
def payment(till) -> str:  # noqa: F811
    done = till.pay(Outcome("captured"))
    till.provider.says(Outcome("succeeded"))
    return ids.show("pay", done.book.payment.id)


def test_a_large_refund_waits_for_another_and_is_made_once(
    amber_at, fay_at, till, payment, django_capture_on_commit_callbacks  # noqa: F811
):  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        answer = refund(amber_at, payment, "12.00")
    assert not Refund.objects.exists()
    page = answer.url
    assert "12.00 EUR" in text(amber_at.get(page))
    assert ">Approve<" not in text(amber_at.get(page))
    send_letters()
    assert mail.outbox[0].to == ["fay@example.com"]
    assert "Amber proposes: Refund" in mail.outbox[0].subject
    assert amber_at.post(f"{page}approve/", follow=True).status_code == 200
    assert not Refund.objects.exists()

    assert '<span class="cv-count">1<' in text(fay_at.get("/test/payments/"))
    fay_at.post(f"{page}approve/")
    fay_at.post(f"{page}approve/")
    assert [one.amount for one in Refund.objects.all()] == [1200]
    assert Proposal.objects.get().status == "done"
    actors = {
        one.action: one.actor for one in AuditEntry.objects.filter(subject__startswith="biz_")
    }
    assert actors["proposal.made"] != actors["proposal.approved"]
    assert AuditEntry.objects.get(action="payment.refund").actor == actors["proposal.made"]


def test_a_small_refund_needs_nobody_and_one_in_another_currency_does(business, amber_at, payment):
    refund(amber_at, payment, "10.00")
    assert Refund.objects.count() == 1
    assert not proposals.needed(business, "payment.refund", proposals.Money(1000, "EUR"))
    assert proposals.needed(business, "payment.refund", proposals.Money(1, "USD"))


def test_small_refunds_of_one_payment_count_together(amber_at, fay_at, payment):
    refund(amber_at, payment, "9.00")
    answer = refund(amber_at, payment, "2.00")

    assert "/approvals/" in answer.url
    assert Refund.objects.count() == 1


def test_what_nobody_went_on_with_for_two_days_is_not_done_any_more(
    business, amber_at, fay_at, payment
):
    page = refund(amber_at, payment, "12.00").url
    agreed = {"status": "approved", "decided_at": clock.now() - proposals.RESUMABLE}
    Proposal.objects.update(**agreed)

    answer = amber_at.post(f"{page}resume/", follow=True)

    assert "Nobody went on with it for two days" in text(answer)
    assert not Refund.objects.exists()


def test_a_refund_that_was_cut_short_is_resumed_and_not_repeated(
    business, amber_at, fay_at, payment, monkeypatch
):
    page = refund(amber_at, payment, "12.00").url
    kind = proposals.kinds()["payment.refund"]

    def killed(row, given):
        kind.run(row, given)
        raise KeyboardInterrupt

    monkeypatch.setitem(proposals._kinds, "payment.refund", kind._replace(run=killed))
    with pytest.raises(KeyboardInterrupt):
        fay_at.post(f"{page}approve/")
    monkeypatch.setitem(proposals._kinds, "payment.refund", kind)
    assert "is not done yet" in text(fay_at.get(page))
    fay_at.post(f"{page}resume/")

    assert Proposal.objects.get().status == "done"
    assert Refund.objects.count() == 1


def test_a_live_key_is_shown_to_who_asked_for_it_alone(business, amber_at, fay_at, ambers_shop):
    services.approve(business, "system")
    form = amber_at.get("/developers/api-keys/new/").context["form"]
    given = {"kind": "secret", "name": "Till", "once": str(form.initial["once"])}
    page = amber_at.post("/developers/api-keys/new/", given).url
    assert not ApiKey.objects.filter(name="Till").exists()
    fay_at.post(f"{page}approve/")
    key = ApiKey.objects.get(name="Till")
    show = f"/developers/api-keys/{key.shown}/show/"
    assert not re.search(r"sk_live_\w{43}", text(fay_at.post(show)))
    assert re.search(r"sk_live_\w{43}", text(amber_at.post(show)))


def test_a_live_keys_successor_is_shown_to_who_asked_for_it_alone(business, amber_at, fay_at):
    live = services.approve(business, "system")
    old = keys.issue(live, "secret", "system", name="Till").key
    page = amber_at.post(
        f"/developers/api-keys/{old.shown}/rotate/", {"overlap_seconds": "3600"}
    ).url
    assert str(old) in text(fay_at.get(page))
    fay_at.post(f"{page}approve/")

    old.refresh_from_db()
    new = ApiKey.objects.get(name="Till", expires_at=None)
    assert old.expires_at is not None
    show = f"/developers/api-keys/{new.shown}/show/"
    assert not re.search(r"sk_live_\w{43}", text(fay_at.post(show)))
    assert re.search(r"sk_live_\w{43}", text(amber_at.post(show)))


def test_a_role_is_given_by_two_who_may_give_it(business, amber_at, fay_at, bashir, ambers_shop):
    row = Membership.objects.get(business=business, user=bashir)
    page = amber_at.post(f"/test/settings/team/{row.shown}/role/", {"role": "owner"}).url
    row.refresh_from_db()
    assert row.role == "developer"
    his = cast.at_the_desk(bashir)
    assert his.get(page).status_code == 404
    fay_at.post(f"{page}approve/")
    row.refresh_from_db()
    assert row.role == "owner"


def test_declining_says_why_and_does_nothing(business, amber_at, fay_at, payment):
    page = refund(amber_at, payment, "12.00").url
    fay_at.post(f"{page}decline/", {"reason": "They kept the lamp"})
    assert "They kept the lamp" in text(amber_at.get(page))
    assert "It was decided already" in text(fay_at.post(f"{page}approve/", follow=True))
    assert not Refund.objects.exists()


def test_nobody_decides_after_a_week_and_the_maker_may_take_it_back(
    business, amber_at, fay_at, payment
):
    page = refund(amber_at, payment, "12.00").url
    with clock.shifted(proposals.LASTS):
        assert "Expired" in text(amber_at.get(page))
    other = refund(amber_at, payment, "13.00").url
    amber_at.post(f"{other}decline/")
    assert Proposal.objects.get(status="withdrawn")
    assert not Refund.objects.exists()
    fay_at.post(f"{other}approve/")
    assert not Refund.objects.exists()


def test_without_a_second_person_nothing_is_proposed(business, ambers_shop, payment, amber_at):
    answer = refund(amber_at, payment, "12.00")
    assert answer.status_code == 422
    assert "Nobody else here may approve this" in text(answer)


def test_who_lost_the_permission_meanwhile_moves_nothing(business, amber_at, fay_at, payment):
    page = refund(amber_at, payment, "12.00").url
    Membership.objects.filter(user__name="Amber").update(role="analyst")
    assert "may not do it any more" in text(fay_at.post(f"{page}approve/", follow=True))
    assert not Refund.objects.exists()


def test_taking_the_rule_away_needs_two_people_too(business, amber_at, fay_at):
    page = amber_at.post("/test/settings/security/people/", {"api_key.create": "on"}).url
    business.refresh_from_db()
    assert business.second_person == ALL
    fay_at.post(f"{page}approve/")
    business.refresh_from_db()
    assert business.second_person == {"api_key.create": {}}

    stricter = {"api_key.create": "on", "payment.refund": "on", "payment.refund.above": "25"}
    amber_at.post("/test/settings/security/people/", stricter)
    business.refresh_from_db()
    assert business.second_person["payment.refund"] == {"above": 2500, "currency": "EUR"}


def test_a_rule_made_meanwhile_is_not_taken_away_by_who_did_not_know_it(business, ambers_shop):
    with pytest.raises(Problem, match="changed meanwhile"):
        second_person.change(business, ambers_shop.owner, {"api_key.create": {}})

    business.refresh_from_db()
    assert business.second_person == ALL


def test_another_businesss_proposal_is_not_found(amber_at, fay_at, payment, chiaras_shop):
    page = refund(amber_at, payment, "12.00").url
    hers = cast.at_the_desk(chiaras_shop.owner)
    assert hers.get(page).status_code == 404
    assert hers.post(f"{page}approve/").status_code == 404
    with pytest.raises(Problem):
        proposals.approve(chiaras_shop.business, chiaras_shop.owner, page.split("/")[-2])
