import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from acquiring.core import ids
from acquiring.core.models import AuditEntry
from acquiring.vault import services as vault
from merchants import services
from merchants.models import ApiKey, Business, Membership, Merchant, ProviderAccount, User
from merchants.organisations.models import Stewardship
from tests import cast

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def filled(ambers_shop):
    """A platform with something in every table of these rooms."""
    cast.connected(ambers_shop, stripe={"secret_key": "sk_test_provider_secret"})
    vault.tokenize(ambers_shop.merchant.id, "4242424242424242", 12, 2031, "123")
    services.authenticate(ambers_shop.secret_key)
    return ambers_shop


@pytest.fixture
def root(filled):
    user = User.objects.create_superuser("root@example.com", cast.PASSWORD)
    return cast.at_the_desk(user)


@pytest.fixture
def staff(filled):
    """A browser of someone in one of the shipped groups."""

    def in_group(name: str):
        call_command("prepare")
        user = cast.person("Dora", staff=True)
        user.groups.add(Group.objects.get(name=name))
        return cast.at_the_desk(user)

    return in_group


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_has_its_pages(root, model):
    assert root.get(address(model, "changelist")).status_code == 200
    assert root.get(address(model, "changelist"), {"q": "amber"}).status_code == 200
    assert root.get(address(model, "add")).status_code in {200, 403}
    for row in model._default_manager.all()[:2]:
        assert root.get(address(model, "change", row.pk)).status_code == 200


def test_nothing_secret_is_on_any_page(root, filled):
    secrets = [filled.secret_key, filled.publishable_key, "provider_secret", "4242424242424242"]
    secrets += ProviderAccount.objects.values_list("hook_token", flat=True)
    for model in MODELS:
        pages = [root.get(address(model, "changelist"))]
        rows = model._default_manager.all()[:20]
        pages += [root.get(address(model, "change", row.pk)) for row in rows]
        text = "".join(page.content.decode() for page in pages)
        assert [secret for secret in secrets if secret in text] == [], model


def test_support_looks_and_changes_nothing(staff, filled):
    browser = staff("Support")

    assert browser.get(address(Merchant, "changelist")).status_code == 200
    page = browser.get(address(Business, "change", filled.business.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    chosen = {"action": "approve", "_selected_action": [str(filled.business.pk)]}
    browser.post(address(Business, "changelist"), chosen)
    filled.business.refresh_from_db()
    assert filled.business.status == "sandbox"


def test_a_business_is_approved_without_an_application_by_superusers_alone(staff, root, filled):
    chosen = {"action": "approve", "_selected_action": [str(filled.business.pk)]}
    staff("Operations").post(address(Business, "changelist"), chosen)
    filled.business.refresh_from_db()
    assert filled.business.status == "sandbox"

    root.post(address(Business, "changelist"), chosen)

    filled.business.refresh_from_db()
    assert filled.business.status == "approved"
    assert filled.live is not None
    entry = AuditEntry.objects.get(action="business.status")
    assert entry.actor.startswith("staff:usr_")


def test_a_change_is_audited_with_its_old_and_new_value(root, filled):
    row = filled.accounts[0]
    form = {"title": "Cards first", "priority": 5, "enabled": "on", "methods": "[]"}
    root.post(address(ProviderAccount, "change", row.pk), form)

    row.refresh_from_db()
    assert (row.title, row.priority) == ("Cards first", 5)
    entry = AuditEntry.objects.get(action="provider_account.changed")
    assert entry.changes["before"]["priority"] == 10
    assert entry.changes["after"]["priority"] == 5


def test_a_method_the_provider_does_not_carry_is_refused(root, filled):
    row = filled.accounts[0]
    form = {"title": "Cards", "priority": 5, "methods": '["yachts"]'}
    answer = root.post(address(ProviderAccount, "change", row.pk), form)

    assert "does not carry yachts" in answer.content.decode()
    row.refresh_from_db()
    assert row.methods == []


def test_a_role_is_chosen_from_the_table(root, filled):
    membership = filled.business.memberships.get()
    page = address(type(membership), "change", membership.pk)
    assert "Read only" in root.get(page).content.decode()
    form = {"user": filled.owner.pk, "business": filled.business.pk, "role": "king"}
    root.post(page, form)

    membership.refresh_from_db()
    assert membership.role == "owner"


def test_a_person_is_changed_and_audited(root, filled):
    form = {
        "email": filled.owner.email,
        "name": "Amber Light",
        "language": "en",
        "time_zone": "UTC",
        "is_active": "on",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    root.post(address(User, "change", filled.owner.pk), form)

    filled.owner.refresh_from_db()
    assert filled.owner.name == "Amber Light"
    entry = AuditEntry.objects.get(action="admin.changed")
    assert entry.changes == {"name": ["Amber", "Amber Light"]}


def test_operations_give_themselves_nothing(staff, filled):
    browser = staff("Operations")
    me, owner = User.objects.get(email="dora@example.com"), filled.owner
    form = {"email": "mine@example.com", "name": "Amber", "language": "en", "time_zone": "UTC"}
    rights = {"is_active": "on", "is_staff": "on", "is_superuser": "on"}
    empty = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    member = {"user": me.pk, "business": filled.business.pk, "role": "owner"}
    new = {"password1": "another sentence", "password2": "another sentence"}

    assert browser.post(address(User, "change", me.pk), form | rights | empty).status_code == 403
    browser.post(address(User, "change", owner.pk), form | rights | empty)
    page = reverse("admin:auth_user_password_change", args=[owner.pk])
    assert browser.post(page, new).status_code == 403
    assert browser.post(address(Membership, "add"), member).status_code == 403
    steward = Stewardship.objects.get()
    change = address(Stewardship, "change", steward.pk)
    assert browser.post(change, {"user": me.pk, "role": "owner"}).status_code == 403

    me.refresh_from_db()
    before = owner.password
    owner.refresh_from_db()
    assert not me.is_superuser
    assert (owner.is_staff, owner.is_superuser, owner.password) == (False, False, before)
    assert owner.email != "mine@example.com"
    assert not Membership.objects.filter(user=me).exists()


def test_a_superuser_gives_a_business_an_owner_and_its_log_says_so(root, filled):
    helper = cast.person("Bo")
    form = {"user": helper.pk, "business": filled.business.pk, "role": "owner"}
    root.post(address(Membership, "add"), form)
    last = filled.business.memberships.get(user=filled.owner)

    root.post(address(Membership, "delete", last.pk), {"post": "yes"})
    kept = filled.business.memberships.get()
    root.post(address(Membership, "change", kept.pk), {"role": "finance"})
    root.post(address(Membership, "delete", kept.pk), {"post": "yes"})

    assert [(one.user, one.role) for one in filled.business.memberships.all()] == [
        (helper, "owner")
    ]
    shown = ids.show("biz", filled.business.pk)
    said = AuditEntry.objects.filter(subject=shown, action__startswith="member.")
    assert [one.action for one in said.order_by("id")][-2:] == ["member.added", "member.removed"]


def test_a_key_is_revoked_by_action(root, filled):
    key = ApiKey.objects.get(kind="secret")
    chosen = {"action": "revoke", "_selected_action": [str(key.pk)]}
    root.post(address(ApiKey, "changelist"), chosen)

    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_card_is_erased_by_action(root, filled):
    token = vault.tokenize(filled.merchant.id, "4242424242424242", 12, 2031).token
    chosen = {"action": "erase", "_selected_action": [str(token.pk)]}
    root.post(address(type(token), "changelist"), chosen)

    token.refresh_from_db()
    assert token.status == "erased"
    assert AuditEntry.objects.filter(action="admin.erased").exists()


def test_a_merchants_people_do_not_enter(filled):
    answer = cast.at_the_desk(filled.owner).get("/admin/")

    assert answer.status_code in {302, 403}
    assert "/login/" in answer.get("Location", "/login/")


def test_a_stranger_is_sent_to_the_one_login(client, filled):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/login/")


def test_prepare_can_be_repeated(db, capsys):
    call_command("prepare")
    call_command("prepare")

    assert "Finance, Operations, Risk, Support" in capsys.readouterr().out
    assert (
        not Group.objects.get(name="Support")
        .permissions.exclude(codename__startswith="view_")
        .exclude(codename="change_supportgrant")  # it lets them in where a business consented
        .exists()
    )
