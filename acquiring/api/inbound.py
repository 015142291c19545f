"""What providers tell us: `POST /hooks/{provider}/{hook_token}`.

The address says whose news it is, the driver says whether it is true and what it means. Nothing
changes before the signature is believed; when we fail, the provider is told so and says it again.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from acquiring.api import errors
from acquiring.connectors import registry
from acquiring.connectors.driver import BadSignature, Driver, Inbound
from acquiring.connectors.scrubbing import Scrubber
from acquiring.core import clock, metrics
from acquiring.core.errors import Problem
from acquiring.payments import hearing
from acquiring.payments.wire import Heard
from merchants.accounts import AccountFacts, account_at
from merchants.services import now_for

log = structlog.get_logger(__name__)


@csrf_exempt
def hook(request: HttpRequest, provider: str, hook_token: str) -> HttpResponse:
    """Hear a provider's webhook and acknowledge it in the provider's way."""
    try:
        if request.method != "POST":
            raise Problem("method_not_allowed", allow="POST")
        account = account_at(provider, hook_token)
        if account is None:
            raise Problem("not_found", "There is no such webhook address.")
        body, headers = _hear(account, request)
    except Exception as error:
        return errors.handle(error)
    return HttpResponse(body, headers=headers)


def _hear(account: AccountFacts, request: HttpRequest) -> tuple[bytes, dict[str, str]]:
    """Let the payments room hear every fact; returns what the provider wants to read."""
    driver = registry.driver(account.provider)
    inbound = Inbound(
        method="POST",
        url=f"{settings.BASE_URL}{request.get_full_path()}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        query={name: value for name, value in request.GET.items() if isinstance(value, str)},
        now=now_for(account.merchant_id),
    )
    try:
        news = driver.news(inbound, account.credentials)
    except BadSignature as error:
        metrics.count("webhook_heard", provider=account.provider, result="forged")
        log.warning("webhook refused", provider=account.provider, reason=str(error))
        raise Problem("bad_signature") from error
    heard = _scrubbed(driver, account, inbound)
    for one in news:
        known = hearing.hear_news(account, one, heard)
        result = "known" if known else "strange"
        metrics.count("webhook_heard", provider=account.provider, result=result)
    return driver.acknowledge(inbound, account.credentials)


def _scrubbed(driver: Driver, account: AccountFacts, inbound: Inbound) -> Heard:
    secrets = [*account.credentials.values(), account.hook_token]
    signatures = frozenset(name for name in inbound.headers if "signature" in name)
    scrubber = Scrubber(driver.scrub | signatures, secrets)
    content_type = inbound.headers.get("content-type", "")
    return Heard(
        url=scrubber.url(inbound.url),
        headers=scrubber.headers(inbound.headers),
        body=scrubber.body(inbound.body, content_type),
        at=clock.now(),
    )
