"""Every model of ours is in the admin, its list opens, and outside ids can be searched for."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from merchants.models import User
from tests import cast

OURS = ("acquiring", "merchants", "copilot")
MODELS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in OURS and not model._meta.auto_created
]


@pytest.fixture
def staff(db: None) -> Client:
    person = User.objects.create_superuser("staff@example.com", cast.PASSWORD)
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_is_registered_and_its_list_opens_and_searches(staff, model):
    assert admin.site.is_registered(model)
    page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert staff.get(page).status_code == 200
    assert staff.get(page, {"q": "pay_01a2011095b17295bdf19d293e1c2a33"}).status_code == 200


def test_a_payment_shows_its_whole_story_and_no_secret(staff, ambers_shop, monkeypatch):
    from acquiring.connectors.driver import Outcome
    from acquiring.payments import wire
    from tests.payments.conftest import Provider, Till

    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    till = Till(cast.connected(ambers_shop), provider)
    book = till.pay(Outcome("captured", provider_ref="pi_1")).book

    page = staff.get(f"/admin/payments/payment/{book.payment.id}/change/")

    text = page.content.decode()
    assert page.status_code == 200
    assert "1. stripe: captured" in text
    assert "4242424242424242" not in text
