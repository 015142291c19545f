"""allauth's OpenID Connect provider, standing on our rows, our sockets and our checks."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from acquiring.core import ids
from acquiring.core.models import PLATFORM
from acquiring.vault.sealing import unseal
from merchants.organisations.models import Organisation
from merchants.sso import calls, oidc
from merchants.sso.models import SingleSignOn

CALLBACK = "openid_connect_callback"


def purpose(row: SingleSignOn) -> str:
    """What the client's secret is sealed for."""
    return f"single sign-on {row.id.hex}"


def app(row: SingleSignOn) -> SocialApp:
    """The row as allauth knows an application; it is never stored."""
    return SocialApp(
        provider=Provider.id,
        provider_id=row.shown,
        name=row.host[:40],
        client_id=row.client_id,
        secret=unseal(PLATFORM, row.secret, purpose(row)).decode(),
        settings={"server_url": row.issuer, "oauth_pkce_enabled": True},
    )


def callback_address(organisation: Organisation) -> str:
    """The redirect URI: one of its own for each provider, so that none can answer for another."""
    return settings.BASE_URL + reverse(CALLBACK, args=[ids.show("sso", organisation.pk)])


class Doorway(OpenIDConnectOAuth2Adapter):
    """The way there and back."""

    @property
    def openid_config(self) -> dict[str, Any]:
        return oidc.document(self._issuer)

    @property
    def basic_auth(self) -> bool:
        """What the provider prefers; who says nothing means Basic (Discovery 1.0, 3)."""
        known = self.openid_config.get("token_endpoint_auth_methods_supported")
        return "client_secret_basic" in (known or ["client_secret_basic"])

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return settings.BASE_URL + reverse(CALLBACK, args=[self.provider_id])

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **facts: Any
    ) -> SocialLogin:
        """Who came, by a verified ID token; the rest of what is known is asked of `userinfo`."""
        oidc.check_answer(request.GET, self._issuer)
        signed = str(facts["response"].get("id_token", ""))
        claims = oidc.read(signed, self._issuer, app.client_id)
        if "email" not in claims and self.openid_config.get("userinfo_endpoint"):
            claims |= self._more(claims["sub"], token.token)
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, claims)
        login.claims = claims
        login.signed = signed
        return login

    def _more(self, subject: str, token: str) -> dict[str, Any]:
        """What `userinfo` says of the same person, and of nobody else."""
        reply = calls.ask("GET", self.profile_url, {"authorization": f"Bearer {token}"})
        reply.raise_for_status()
        found = reply.json()
        if found.get("sub") != subject:
            raise oidc.Refused("token_subject")
        return {name: found[name] for name in ("email", "email_verified", "name") if name in found}

    @property
    def _issuer(self) -> str:
        return self.get_provider().app.settings["server_url"]


class Provider(OpenIDConnectProvider):
    """Takes of the claims what names the person; who that is here is not for allauth to say."""

    oauth2_adapter_class = Doorway

    def get_callback_url(self) -> str:
        return reverse(CALLBACK, args=[self.app.provider_id])

    def extract_uid(self, data: dict[str, Any]) -> str:
        return data["sub"]

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: data[name] for name in ("iss", "email") if name in data}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list:
        return []  # or allauth would look for somebody by it


provider_classes = [Provider]
