"""How people sign in, outside of any business. The names are the ones allauth asks for."""

from __future__ import annotations

from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path
from django.views.generic import RedirectView

from acquiring.portal.security import again, views
from acquiring.portal.security.again import freshly_authenticated

# Who has neither password nor second step is always fresh to allauth, and not to us.
fresh = freshly_authenticated(reading=True)
first = freshly_authenticated(reading=True, when=views.is_more_than_the_first)

to_index = RedirectView.as_view(pattern_name="mfa_index")

urlpatterns = [
    path("security/", views.index, name="mfa_index"),
    path("security/app/", first(totp.activate_totp), name="mfa_activate_totp"),
    path("security/app/off/", fresh(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("security/codes/", fresh(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "security/codes/new/",
        fresh(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("security/passkeys/", to_index, name="mfa_list_webauthn"),
    path("security/passkeys/new/", first(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "security/passkeys/<int:pk>/remove/",
        fresh(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "security/passkeys/<int:pk>/name/", fresh(webauthn.edit_webauthn), name="mfa_edit_webauthn"
    ),
    path("security/devices/others/", views.end_others, name="devices_others"),
    path("security/devices/<int:number>/end/", views.end_device, name="device_end"),
    path("login/code/", mfa.authenticate, name="mfa_authenticate"),
    path("login/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("login/again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "login/again/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"
    ),
    path("login/again/waiting/", again.waiting, name="again_waiting"),
]
