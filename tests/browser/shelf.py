"""One of everything that an address may name, made by the real services, for Amber's shop.

An address asks for a thing by its name: `payment_refund` for a payment, `customer_card_remove` for
a customer and a card. The longest name here that an address begins with is the one it means; a
kind of thing that is not here is added here once, and every page about it is walked.
"""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from acquiring.connectors.driver import Outcome
from acquiring.core import addresses, clock, ids, outbox
from acquiring.core.models import PLATFORM
from acquiring.exports import services as exports
from acquiring.notices import queries as inbox
from acquiring.notices import services as notices
from acquiring.payments import checkout, money
from acquiring.vault import services as vault
from acquiring.vault.sealing import seal
from acquiring.webhooks import dispatch, queries
from acquiring.webhooks import services as webhooks
from merchants import invitations, proposals, role_making, services
from merchants.calls import ApiRequest
from merchants.models import User
from merchants.onboarding import accounts, applying, asks, documents, links, parties
from merchants.organisations import asking, stewards
from merchants.sso import domains, provider
from merchants.sso import services as services_of_sso
from merchants.sso.models import SignOnDomain, SingleSignOn
from tests import cast
from tests.onboarding import sheets
from tests.payments.conftest import Till

NOWHERE = "http://127.0.0.1:9/hook"  # nobody listens there, so a delivery fails at once
AWAY = "http://127.0.0.1:9/identity"  # nor there
Parts = dict[str, dict[str, str]]


def fill(till: Till) -> Parts:
    """By the name of a thing, the parts of an address that lead to it."""
    shop, merchant = till.shop, till.shop.merchant
    customer = checkout.create_customer(
        till.id, name="Dora Demir", email="dora@example.com", reference="C-77"
    )
    card = vault.tokenize(
        till.id, "4242424242424242", 12, 2031, customer_id=customer.id, reusable=True
    ).token
    link = checkout.create_link(till.id, title="Desk lamp", amount=4900, currency="EUR")
    session = checkout.open_session(till.id, amount=4900, currency="EUR", reference="L-9")
    notices.tell(till.id, "balance.negative", "-", {"currency": "EUR", "amount": -5}, once="shelf")
    notice = inbox.notices(till.id, shop.owner.pk)[0]
    export = exports.ask(merchant, "customers", {}, "csv", shop.owner)
    authorized = {"shown": _authorized(till)}
    return {
        "payment": {"shown": _paid(till, customer.id)},
        "payment_capture": authorized,
        "payment_cancel": authorized,
        "refund": {"shown": _refunded(till)},
        "customer": {"shown": str(customer), "token": ids.show("tok", card.id)},
        "link": {"shown": str(link), "kind": "svg"},
        "checkout": {"token": addresses.token(till.id, session.id)},
        "payment_link": {"token": addresses.token(till.id, link.id)},
        "store": {"shown": ids.show("sto", shop.store.id)},
        "settings_store": {"shown": ids.show("sto", shop.store.id)},
        "api_key": {"shown": merchant.keys.get(kind="secret").shown},
        "export": {"shown": export.shown},
        "method": {"code": "ideal"},
        "account": {"shown": ids.show("acc", shop.accounts[0].id)},
        "account_connect": {"provider": "antom"},
        "account_wallet": {
            "shown": ids.show("acc", next(a for a in shop.accounts if a.provider == "adyen").id),
            "wallet": "apple_pay",
        },
        "api_request": {"shown": ids.show("req", _request(till).id)},
        "notice": {"shown": notice.shown},
        **_delivered(till),
        **_people(shop),
        **_application(shop),
        "list": {"room": "payments"},
        "logo": {"merchant": ids.show("mer", till.id), "digest": "0" * 64},
        "mailbox": {"name": "worn-out.eml"},
        "account_confirm_email": {"key": "worn-out"},
        **_signing_in(shop),
        **_single_sign_on(shop),
        "account_reset_password_from_key": {"uidb36": "0", "key": "worn-out"},
    }


def _signing_in(shop: cast.Shop) -> Parts:
    session = UserSession.objects.filter(user=shop.owner).first()
    return {
        "mfa_remove_webauthn": {"pk": "0"},
        "mfa_edit_webauthn": {"pk": "0"},
        "device": {"number": str(session.pk if session else 0)},
    }


def _single_sign_on(shop: cast.Shop) -> Parts:
    """Switched on, at a provider that is away, with somebody who came by it."""
    organisation = shop.business.organisation
    row = services_of_sso.of(organisation) or SingleSignOn(
        pk=organisation.pk, organisation=organisation, issuer=AWAY, client_id="caravel"
    )
    row.secret = seal(PLATFORM, b"secret", provider.purpose(row))
    row.tested_at = row.since = clock.now()
    row.save()
    domain = domains.add(organisation, shop.owner, "harbour.test")
    domains.add(organisation, shop.owner, "quay.test")
    SignOnDomain.objects.filter(pk=domain.pk).update(
        proved_at=clock.now(), checked_at=clock.now(), missed_at=clock.now()
    )
    came, _ = SocialAccount.objects.get_or_create(
        provider=row.shown, uid="somebody", defaults={"user": shop.owner}
    )
    page = {"shown": organisation.shown}
    return {
        "organisation_sso": page,
        "organisation_sso_domain": {**page, "domain": domain.shown},
        "organisation_sso_domains": page,
        "organisation_sso_unlink": {**page, "number": str(came.pk)},
        "openid_connect": {"shown": row.shown},
    }


def _application(shop: cast.Shop) -> Parts:
    """The application for live payments as a rehearsal, and the same by a link."""
    row = applying.open_for(shop.business, "test", "system")
    row = applying.tell(row, "system", {"country": "SG", "entity": "company"})
    person = {"shown": parties.add(row, "system", {"kind": "person", "roles": ["owner"]}).shown}
    account = {"shown": accounts.add(row, "system", {"currency": "SGD", "country": "SG"}).shown}
    paper = documents.take(row, "system", "acra_profile", "acra.png", sheets.png())
    task = asks.open_task(row, "company.legal_name", "Please look at the name once more.")
    parts: Parts = {
        "": {},
        "_step": {"step": "company"},
        "_person": person,
        "_account": account,
        "_document": {"shown": paper.shown},
        "_document_new": {},
        "_task_answer": {"shown": task.shown},
    }
    secret = {"secret": links.make(row, "system").rpartition("/")[2]}
    desk = {f"business{name}": known for name, known in parts.items()}
    return desk | {f"onboard{name}": secret | known for name, known in parts.items()}


def _people(shop: cast.Shop) -> Parts:
    fresh = ids.new().hex  # the shelf may be filled twice
    person = cast.person(f"Bert-{fresh}")
    member = services.add_member(shop.business, person, "developer", "system")
    invitation = invitations.invite(shop.business, shop.owner, f"{fresh}@example.com", "support")
    role = role_making.make(shop.business, shop.owner, f"Till {fresh[:20]}", ["payments.view"])
    return {
        **_organisation(shop, person, fresh),
        "settings_role": {"shown": role.shown},
        "approval": {"shown": _proposed(shop, person, fresh)},
        "settings_member": {"shown": member.shown},
        "settings_invitation": {"shown": invitation.shown},
        "invitation": {"token": invitations.token_of(invitation)},
    }


def _organisation(shop: cast.Shop, person: User, fresh: str) -> Parts:
    mine = shop.business.organisation
    of = {"shown": mine.shown}
    steward = {**of, "steward": stewards.appoint(mine, person, "viewer").shown}
    row = asking.ask(mine, shop.owner, f"{fresh}@example.org", "viewer")
    return {
        "organisation": of,
        "organisation_person": {**of, "person": ids.show("usr", person.pk)},
        "organisation_steward": steward,
        "organisation_revoke": {**of, "asked": row.shown},
        "business_leaves": {"business": ids.show("biz", shop.business.pk)},
        "joining": {"token": asking.token_of(row)},
    }


def _proposed(shop: cast.Shop, by: User, fresh: str) -> str:
    given = {"kind": "secret", "name": "Till", "scopes": []}
    about = {"once": fresh, "facts": given}
    row = proposals.propose(shop.business, by, "live", "api_key.create", given, **about)
    return row.shown


def _paid(till: Till, customer_id: Any) -> str:
    shopper = {"customer": {"name": "Dora Demir", "email": "dora@example.com"}}
    answers = (Outcome("declined", decline="insufficient_funds"), Outcome("captured"))
    for number, outcome in enumerate(answers):
        done = till.pay(outcome, customer_id=customer_id, shopper=shopper, reference=f"L-{number}")
    return ids.show("pay", done.book.payment.id)


def _authorized(till: Till) -> str:
    done = till.pay(Outcome("authorized"), capture_method="manual")
    return ids.show("pay", done.book.payment.id)


def _refunded(till: Till) -> str:
    payment = till.pay(Outcome("captured"), reference="L-8").book.payment
    till.provider.says(Outcome("succeeded"))
    done = money.refund(till.id, payment.id, amount=500)
    return ids.show("ref", done.book.refunds[0].id)


def _request(till: Till) -> ApiRequest:
    key = till.shop.merchant.keys.get(kind="secret")
    return ApiRequest.objects.create(
        merchant_id=till.id,
        key_id=key.id,
        method="POST",
        route="/v1/payments",
        path="/v1/payments",
        status=400,
        milliseconds=12,
        version="2026-11-22",
        error_code="invalid_field",
        param="amount",
        message="An amount is a whole number of minor units above 0.",
        body='{"amount": -1, "currency": "EUR"}',
    )


def _delivered(till: Till) -> Parts:
    endpoint = webhooks.create_endpoint(till.id, NOWHERE, "system").endpoint
    event = outbox.announce(till.id, "payment.captured", "pay_1", {"object": "payment"})
    dispatch.look()
    delivery = queries.deliveries(till.id)[0]
    return {
        "webhook": {"shown": ids.show("we", endpoint.id)},
        "delivery": {"shown": ids.show("del", delivery.id)},
        "event": {"shown": ids.show("evt", event.id)},
    }
