"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.settings import audit, look, nouns, roles, security, stores, team

urlpatterns = [
    path("settings/business/", nouns.business, name="settings_business"),
    path("settings/branding/", look.show, name="settings_branding"),
    path("settings/branding/draft/", look.draft, name="settings_draft"),
    path("settings/sites/", nouns.own_sites, name="settings_sites"),
    path("settings/stores/", stores.show, name="settings_stores"),
    path("settings/stores/new/", stores.create, name="settings_store_create"),
    path("settings/stores/<shown>/", stores.store, name="settings_store"),
    path("settings/stores/<shown>/close/", stores.close, name="settings_store_close"),
    path("settings/team/", team.show, name="settings_team"),
    path("settings/team/invite/", team.invite, name="settings_invite"),
    path("settings/team/<shown>/again/", team.send_again, name="settings_invitation_again"),
    path("settings/team/<shown>/revoke/", team.revoke, name="settings_invitation_revoke"),
    path("settings/team/<shown>/role/", team.change_role, name="settings_member_role"),
    path("settings/team/<shown>/remove/", team.remove, name="settings_member_remove"),
    path("settings/roles/", roles.show, name="settings_roles"),
    path("settings/roles/new/", roles.make, name="settings_role_make"),
    path("settings/roles/<shown>/", roles.change, name="settings_role"),
    path("settings/roles/<shown>/delete/", roles.delete, name="settings_role_delete"),
    path("settings/audit/", audit.show, name="settings_audit"),
    path("settings/security/", security.show, name="settings_security"),
    path("settings/security/support/", security.let_support_in, name="settings_support"),
    path("settings/security/support/end/", security.send_support_away, name="settings_support_end"),
    path("settings/security/people/", security.two_people, name="settings_two_people"),
    path("settings/notifications/", nouns.told, name="settings_notices"),
    path("settings/reading/", nouns.reading, name="settings_reading"),
    path("settings/money/", nouns.money, name="settings_money"),
]
