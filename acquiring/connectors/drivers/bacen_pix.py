"""Pix as Brazil's central bank standardises it (API Pix 2.9.0): any bank that offers the API.

Quirks worth knowing
- Each bank hosts the API itself: the account's base URL is the bank's, with its version, and the
  access token is asked for at /oauth/token below it. Banks want mutual TLS: the account's client
  certificate and key are shown to them, and a bank whose own certificate hangs from a root that
  the system does not know (ICP-Brasil) is known by the one given.
- A charge is named by us (`txid`, 26 to 35 letters and digits): our reference without its
  underline. Putting the same charge again changes nothing while it is open and is refused once it
  is paid, so a refused one is looked up before it counts as refused. So is a refused refund, whose
  id is ours as well.
- The Pix key the money goes to is an account's own and is added to each charge.
- A charge past its time stays ATIVA: `criacao` and `expiracao` tell that it can no longer be paid.
- Refunds name the end-to-end id of the transfer, which the charge shows once it is paid.
- The payer may be let change the sum; what came is told by the transfer.
- `pixCopiaECola` is the code's text; an older bank leaves it out and we write the code ourselves.
- Webhooks are a list of transfers, posted to the address we gave with /pix behind it, and not
  signed (mutual TLS is the protection): they only make us inquire.
- Direct debit (Pix Automático) and charges with a due date are not spoken.

Sources: bacen/pix-api openapi.json 2.9.0 (Apache-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from acquiring.connectors import actions
from acquiring.connectors.driver import (
    Ask,
    BadSignature,
    Call,
    Driver,
    Inbound,
    More,
    News,
    Outcome,
    Pass,
    Reply,
    Wire,
)
from acquiring.connectors.parts.br_code import br_code
from acquiring.connectors.signing import basic
from acquiring.core.money import Money

LASTS = 3600  # seconds in which a charge can be paid
# The bank's clock and ours may differ, and a transfer takes its seconds.
GRACE = timedelta(minutes=5)
SCOPES = "cob.write cob.read pix.write pix.read webhook.write"


class BacenPix(Driver):
    name = "bacen_pix"
    title = "Pix (Banco Central)"
    live = "https://pix.example.com/api"
    client_certificate = ("client_certificate", "client_certificate_key", "bank_certificate")
    credentials = ("client_id", "client_secret", "pix_key", *client_certificate)
    secret_credentials = ("client_id", "client_secret", "client_certificate_key")
    verbs = frozenset({"authorize", "refund", "inquire"})
    signs_webhooks = False
    resendable = frozenset({"inquire"})
    missing = frozenset({"NaoEncontrado", "CobNaoEncontrado", "PixDevolucaoNaoEncontrada"})
    states = {
        "ATIVA": "action",
        "CONCLUIDA": "captured",
        "REMOVIDA_PELO_USUARIO_RECEBEDOR": "voided",
        "REMOVIDA_PELO_PSP": "expired",
    }
    refund_states = {
        "EM_PROCESSAMENTO": "pending",
        "DEVOLVIDO": "succeeded",
        "NAO_REALIZADO": "failed",
    }
    declines = {
        "AcessoNegado": "credentials_refused",
        "CobOperacaoInvalida": "invalid_request",
        "RequisicaoInvalida": "invalid_request",
        "ServicoIndisponivel": "provider_unavailable",
    }
    scrub = frozenset(
        "access_token authorization cpf cnpj nome chave infopagador pixcopiaecola".split()
    )

    # Signing in.

    def sign_in(self, account: Mapping[str, str]) -> Call:
        headers = basic(account["client_id"], account["client_secret"])
        body = {"grant_type": "client_credentials", "scope": SCOPES}
        return Call("POST", "/oauth/token", body, headers, encoding="form", signed=False)

    def admitted(self, reply: Reply) -> Pass:
        return Pass(reply.body["access_token"], reply.body.get("expires_in", 300))

    def headers(self, account: Mapping[str, str], wire: Wire) -> dict[str, str]:
        return {"Authorization": f"Bearer {account['access_token']}"}

    def subscribe(self, webhook_url: str) -> Call:
        # The bank puts /pix behind the address: into the query, where it does no harm.
        told = f"{webhook_url}{'&' if '?' in webhook_url else '?'}event="
        return Call("PUT", "/webhook/{pix_key}", {"webhookUrl": told})

    def wire(self, call: Call, base: str, account: Mapping[str, str]) -> Wire:
        """The call with the account's Pix key where it belongs."""
        key = account.get("pix_key", "")
        call = replace(call, path=call.path.replace("{pix_key}", key))
        if call.method == "PUT" and call.path.startswith("/cob/"):
            call = replace(call, body={**call.body, "chave": key})
        return super().wire(call, base, account)

    # Asking.

    def authorize(self, ask: Ask) -> Call:
        body = {
            "calendario": {"expiracao": LASTS},
            "valor": {"original": ask.money.major()},
            "solicitacaoPagador": (ask.description or ask.order_reference)[:140],
            "devedor": payer(ask),
        }
        kept = {name: one for name, one in body.items() if one}
        return Call("PUT", f"/cob/{name_of(ask.reference)}", kept)

    def refund(self, ask: Ask) -> Call:
        transfer = ask.kept.get("e2eid")
        return give_back(ask, transfer) if transfer else charge(ask)

    def inquire(self, ask: Ask) -> Call:
        if ask.target == "refund" and "e2eid" in ask.kept:
            return Call("GET", refund_path(ask, ask.kept["e2eid"]))
        return charge(ask)

    # Reading.

    def read(self, ask: Ask, reply: Reply) -> Outcome | More:
        about_refund = "refund" in (ask.verb, ask.target)
        if reply.status >= 400:
            return self._refused(ask, reply)
        if "valor" in reply.body and "rtrId" in reply.body:
            return self._refunded(ask, reply.body)
        if not about_refund:
            return self._stands(ask, reply.body)
        transfer = next((one["endToEndId"] for one in transfers(reply.body)), "")
        if not transfer:
            state, no = ("refused", "refund_refused") if ask.verb == "refund" else ("unknown", "")
            told = {"decline": no, "raw_code": reply.body["status"]}
            return Outcome(state, reply.body["txid"], **told)
        keep = {"e2eid": transfer}
        if ask.verb == "refund":
            return More("refund", give_back(ask, transfer), keep)
        return More("look", Call("GET", refund_path(ask, transfer)), keep)

    def news(self, inbound: Inbound, account: Mapping[str, str]) -> list[News]:
        body = inbound.json()
        if not isinstance(body, dict) or not isinstance(body.get("pix"), list):
            raise BadSignature("a notification of Pix is a list of transfers")
        return [one for transfer in body["pix"] for one in hints(transfer)]

    def _stands(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        """What a charge has come to."""
        word, paid = body["status"], transfers(body)
        state, action = self.state(word), None
        until = ends(body)
        if state == "action" and ask.now and until and ask.now > until + GRACE:
            state = "expired"
        elif state == "action":
            name, city = ask.descriptor, ask.billing.city if ask.billing else ""
            place = body.get("location") or (body.get("loc") or {}).get("location", "")
            text = body.get("pixCopiaECola") or br_code(place, ask.money, name, city)
            action = actions.qr(text, until.strftime("%Y-%m-%dT%H:%M:%SZ") if until else "")
        came = Money.from_major(paid[0]["valor"], "BRL") if paid else None
        keep = {"e2eid": paid[0]["endToEndId"]} if paid else {}
        told = {"raw_code": word, "action": action, "money": came, "keep": keep, "facts": keep}
        return Outcome(state, body["txid"], **told)

    def _refunded(self, ask: Ask, body: Mapping[str, Any]) -> Outcome:
        word = body["status"]
        state = self.refund_states.get(word, "unknown")
        no = "refund_refused" if state == "failed" else ""
        message = body.get("motivo") or ""
        return Outcome(state, ask.provider_ref, body["id"], no, word, message)

    def _refused(self, ask: Ask, reply: Reply) -> Outcome | More:
        """A problem; one that may only say that it was done before is looked into."""
        code = str(reply.body.get("type") or "").rpartition("/")[2] or f"http_{reply.status}"
        message = reply.body.get("detail") or ""
        told: dict[str, Any] = {"raw_code": code, "raw_message": message}
        looks = ask.step in ("find", "look")
        if ask.verb == "authorize" and reply.status == 400 and not looks:
            return More("find", charge(ask), {"why": code, "told": message})
        if ask.verb == "refund" and reply.status == 400 and not looks:
            path = refund_path(ask, ask.kept["e2eid"])
            return More("look", Call("GET", path), {"why": code, "told": message})
        if ask.verb == "inquire" or (reply.status not in (400, 404) and not looks):
            return Outcome("unknown", ask.provider_ref, **told)
        if reply.status != 404 and looks:
            return Outcome("unknown", ask.provider_ref, **told)
        why = str(ask.kept.get("why") or code)
        other = "refund_refused" if ask.verb == "refund" else "invalid_request"
        no = self.declines.get(why, other) if ask.verb == "authorize" else other
        return Outcome("refused", ask.provider_ref, "", no, why, ask.kept.get("told") or message)


# Our members in the standard's words.


def name_of(reference: str) -> str:
    """Our reference as an identifier of letters and digits, long enough for a charge."""
    return re.sub(r"[^0-9a-zA-Z]", "", reference).zfill(26)[-35:]


def reference_of(name: str) -> str:
    """Our reference again, where the identifier is one of ours."""
    found = re.fullmatch(r"0*(att|ref)([0-9a-f]{32})", name)
    return f"{found[1]}_{found[2]}" if found else ""


def charge(ask: Ask) -> Call:
    return Call("GET", f"/cob/{ask.provider_ref or name_of(ask.reference)}")


def refund_path(ask: Ask, transfer: str) -> str:
    return f"/pix/{transfer}/devolucao/{ask.operation_ref or name_of(ask.reference)}"


def give_back(ask: Ask, transfer: str) -> Call:
    return Call("PUT", refund_path(ask, transfer), {"valor": ask.money.major()})


def payer(ask: Ask) -> dict[str, str]:
    """Who is to pay, where both name and document are known."""
    number = re.sub(r"\W", "", ask.details.get("tax_id", ""))
    kind = {11: "cpf", 14: "cnpj"}.get(len(number), "")
    return {kind: number, "nome": ask.customer.name[:200]} if kind and ask.customer.name else {}


# The standard's members in our words.


def transfers(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = body.get("pix")
    return found if isinstance(found, list) else []


def ends(body: Mapping[str, Any]) -> datetime | None:
    """When a charge can no longer be paid."""
    times = body.get("calendario") or {}
    if not times.get("criacao"):
        return None
    begun = datetime.fromisoformat(times["criacao"]).astimezone(UTC)
    return begun + timedelta(seconds=int(times.get("expiracao") or 86_400))


def hints(transfer: Mapping[str, Any]) -> list[News]:
    """What a transfer of a webhook is about: a charge, and refunds that have ended."""
    name, event = str(transfer.get("txid") or ""), str(transfer.get("endToEndId") or "")
    hint = Outcome("unknown", name)  # nobody signed this: not even the transfer's id is kept
    news = [News("payment", hint, reference_of(name), name, event_id=event)] if name else []
    for one in transfer.get("devolucoes") or ():
        given = str(one.get("id") or "")
        outcome = Outcome("unknown", name, given, raw_code=str(one.get("status") or ""))
        news.append(News("refund", outcome, reference_of(given), name, given, event))
    return news
