"""The addresses of single sign-on. The two `openid_connect` names are the ones allauth asks for."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.sso import door, setting

AT = "organisation/<shown>/single-sign-on/"

urlpatterns = [
    path("login/", door.Door.as_view(), name="account_login"),
    path("login/sso/only/", door.only, name="single_sign_on_only"),
    path("login/sso/out/", door.out, name="single_sign_on_out"),
    path("login/sso/<shown>/", door.begin, name="openid_connect_login"),
    path("login/sso/<shown>/callback/", door.callback, name="openid_connect_callback"),
    path("login/again/sso/", door.again, name="single_sign_on_again"),
    path(AT, setting.show, name="organisation_sso"),
    path(f"{AT}provider/", setting.set_up, name="organisation_sso_provider"),
    path(f"{AT}try/", setting.attempt, name="organisation_sso_try"),
    path(f"{AT}welcome/", setting.welcome, name="organisation_sso_welcome"),
    path(f"{AT}switch/", setting.switch, name="organisation_sso_switch"),
    path(f"{AT}remove/", setting.remove, name="organisation_sso_remove"),
    path(f"{AT}domains/", setting.add_domain, name="organisation_sso_domains"),
    path(f"{AT}domains/<domain>/prove/", setting.prove, name="organisation_sso_domain_prove"),
    path(
        f"{AT}domains/<domain>/remove/",
        setting.remove_domain,
        name="organisation_sso_domain_remove",
    ),
    path(f"{AT}people/<int:number>/unlink/", setting.unlink, name="organisation_sso_unlink"),
]
