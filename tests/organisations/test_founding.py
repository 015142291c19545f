"""Every business is in exactly one organisation, and somebody looks after it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from acquiring.core.models import AuditEntry
from merchants import services
from merchants.models import User
from tests import cast

pytestmark = pytest.mark.django_db


def test_who_signs_up_looks_after_an_organisation_named_as_the_business(ambers_shop, chiaras_shop):
    mine = ambers_shop.business.organisation

    assert (mine.name, mine.stewardships.get().role) == ("Amber Lamps", "owner")
    assert mine.stewardships.get().user == ambers_shop.owner
    assert mine != chiaras_shop.business.organisation


def test_a_business_opened_within_an_organisation_makes_no_other(amber, ambers_shop):
    mine = ambers_shop.business.organisation
    second = services.sign_up(amber, "Amber Candles", "FR", mine)

    assert second.business.organisation == mine
    assert mine.stewardships.count() == 1


def test_the_first_owner_of_a_business_that_a_platform_opened_looks_after_it(amber, chiara):
    business = services.open_business("Far Away", "SG", "system")
    assert not business.organisation.stewardships.exists()

    services.add_member(business, amber, "developer", "system")
    assert not business.organisation.stewardships.exists()
    services.add_member(business, amber, "owner", "system")
    services.add_member(business, chiara, "owner", "system")
    assert business.organisation.stewardships.get().user == amber


def test_staff_make_nobody_a_steward_but_superusers_who_are_written_down(ambers_shop, client):
    organisation = ambers_shop.business.organisation
    call_command("prepare")
    staff = cast.person("Dora", staff=True)
    staff.groups.add(Group.objects.get(name="Operations"))
    page = "/admin/merchants/stewardship/add/"
    form = {"organisation": organisation.pk, "user": staff.pk, "role": "owner"}
    client.force_login(staff)
    assert client.post(page, form).status_code == 403

    User.objects.filter(pk=staff.pk).update(is_superuser=True)
    assert client.post(page, form).status_code == 302
    assert organisation.stewardships.filter(user=staff, role="owner").exists()
    last = AuditEntry.objects.filter(subject=organisation.shown).latest("id")
    assert last.action == "organisation.steward_role"
