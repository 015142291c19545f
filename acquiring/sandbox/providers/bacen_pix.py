"""A bank that offers Banco Central's API Pix: charges, transfers, refunds, unsigned webhooks.

A charge is put under the caller's own txid: again while it is open, which makes a new revision when
something has changed; a charge that is paid or removed refuses it. Expired charges stay ATIVA. A
refund is EM_PROCESSAMENTO first; its id counts once for each transfer. Webhooks go to the address
that was put for the key, with /pix behind it; without one, to the account's address as it stands.

Source: bacen/pix-api openapi.json 2.9.0 (Apache-2.0).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

import orjson

from acquiring.core.money import Money
from acquiring.sandbox.book import Account, Book, Charge, account_by_key
from acquiring.sandbox.engine import Delivery, Post
from acquiring.sandbox.ordinary import Ordinary, Thing, TooMuch, WrongState
from acquiring.sandbox.scenarios import by_amount
from acquiring.sandbox.structure import load
from acquiring.sandbox.wire import Answer, Refuse, Request

TITLES = {
    400: "Requisição inválida.",
    401: "Não Autorizado",
    403: "Acesso Negado",
    404: "Não Encontrado",
    500: "Erro Interno do Servidor",
    503: "Serviço Indisponível",
}
STATUS = {
    "action": "ATIVA",
    "pending": "ATIVA",
    "captured": "CONCLUIDA",
    "declined": "REMOVIDA_PELO_PSP",
    "canceled": "REMOVIDA_PELO_USUARIO_RECEBEDOR",
    "expired": "ATIVA",
}
REFUNDS = {"pending": "EM_PROCESSAMENTO", "succeeded": "DEVOLVIDO", "failed": "NAO_REALIZADO"}
SUM = re.compile(r"\d{1,10}\.\d{2}")


class BacenPix(Ordinary):
    """API Pix, as far as a payment needs it."""

    name = "bacen_pix"
    title = "Pix (Banco Central)"
    key_credential = "client_id"
    cannot = {
        "pending_then_expired": "A charge that lapsed keeps the status ATIVA; its calendar tells.",
        "dispute": "What a bank takes back for fraud comes as a return, not as a dispute.",
    }
    refunds_later = True
    routes = (
        ("POST", "/oauth/token", "token"),
        ("PUT", "/cob/{txid}", "put_charge"),
        ("PATCH", "/cob/{txid}", "revise"),
        ("GET", "/cob/{txid}", "show"),
        ("GET", "/pix/{e2eid}", "show_transfer"),
        ("PUT", "/pix/{e2eid}/devolucao/{refund_id}", "refund"),
        ("GET", "/pix/{e2eid}/devolucao/{refund_id}", "show_refund"),
        ("PUT", "/webhook/{key}", "put_webhook"),
        ("GET", "/webhook/{key}", "show_webhook"),
    )

    # Who is who.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """An OAuth client, and the Pix key that the money goes to."""
        return {
            "client_id": f"Client_Id_{secrets.token_hex(16)}",
            "client_secret": f"Client_Secret_{secrets.token_hex(16)}",
            "pix_key": f"{secrets.token_hex(16)}@pix.example",
        }

    def authenticate(self, request: Request) -> Account:
        """By id and secret where a token is asked for, by that token elsewhere."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        signs_in = request.path == "/oauth/token"
        try:
            told = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            told = ""
        client, _, proof = told.partition(":")
        account = account_by_key(self.name, client) if client else None
        if account and scheme == ("Basic" if signs_in else "Bearer"):
            wanted = account.credentials["client_secret"] if signs_in else seal(account)
            if hmac.compare_digest(proof.encode(), wanted.encode()):
                return account
        if signs_in:
            raise Refuse(Answer(401, {"error": "invalid_client"}))
        raise Refuse(problem(401, "NaoAutorizado", "O token não é válido."))

    def token(self, request: Request, book: Book) -> Answer:
        """An access token for an hour."""
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            raise Refuse(Answer(400, {"error": "unsupported_grant_type"}))
        proof = f"{book.account.credentials['client_id']}:{seal(book.account)}"
        lent = {"access_token": base64.b64encode(proof.encode()).decode(), "expires_in": 3600}
        return Answer(200, lent | {"token_type": "Bearer", "scope": form.get("scope", "")})

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return problem(404, "NaoEncontrado", "Entidade não encontrada.")

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that is no JSON."""
        return problem(400, "RequisicaoInvalida", reason)

    def broken(self, request: Request) -> Answer:
        """The bank's own trouble."""
        return problem(500, "ErroInternoDoServidor", "Condição inesperada.")

    def unavailable(self, request: Request) -> Answer:
        """Maintenance."""
        return problem(503, "ServicoIndisponivel", "Serviço não está disponível no momento.")

    # Charges.

    def put_charge(self, request: Request, book: Book, txid: str) -> Answer:
        """`PUT /cob/{txid}`: a new charge, or a new revision of an open one."""
        body = checked(request, "Cob", "CobOperacaoInvalida")
        amount = sum_of(body["valor"]["original"], "CobOperacaoInvalida", "cob.valor.original")
        if not re.fullmatch(r"[a-zA-Z0-9]{26,35}", txid):
            refuse(400, "CobOperacaoInvalida", "O campo txid não respeita o _schema_.", "txid")
        if body["chave"] != book.account.credentials["pix_key"]:
            text = "O campo cob.chave corresponde a uma conta que não pertence a este usuário."
            refuse(400, "CobOperacaoInvalida", text, "cob.chave")
        lasts = (body.get("calendario") or {}).get("expiracao", 86_400)
        if lasts <= 0:
            text = "O campo cob.calendario.expiracao é igual ou menor que zero."
            refuse(400, "CobOperacaoInvalida", text, "cob.calendario.expiracao")
        known = find(book, txid)
        if known:
            return Answer(201, shown(revised(book, known, body, amount)))
        charge = Charge(
            secrets.token_hex(12),
            amount,
            "BRL",
            "cob",
            "action",
            by_amount(amount).name,
            txid,
            [txid],
            page="bank",
            data={"body": body, "revision": 0, "lasts": lasts},
        )
        until = timedelta(seconds=lasts)
        self.begin(book, charge, asks_shopper=True, expires_after=until)
        return Answer(201, shown(charge))

    def revise(self, request: Request, book: Book, txid: str) -> Answer:
        """`PATCH /cob/{txid}`: remove it, or change it while it is open."""
        body, charge = checked(request, "Revision", "CobOperacaoInvalida"), existing(book, txid)
        if body.pop("status", None):
            if body:
                refuse(400, "CobOperacaoInvalida", "Remoção com outras alterações.", "cob.status")
            try:
                self.let_go(book, charge)
            except WrongState:
                refuse(400, "CobOperacaoInvalida", "A cobrança não está ATIVA.", "cob.status")
            return Answer(200, shown(charge))
        merged = charge.data["body"] | body
        amount = sum_of(merged["valor"]["original"], "CobOperacaoInvalida", "cob.valor.original")
        return Answer(200, shown(revised(book, charge, merged, amount)))

    def show(self, request: Request, book: Book, txid: str) -> Answer:
        """`GET /cob/{txid}`, with the transfers that paid it."""
        charge = existing(book, txid)
        made = shown(charge)
        if charge.captured:
            made["pix"] = [transfer(book, charge)]
        return Answer(200, made)

    # Transfers and refunds.

    def show_transfer(self, request: Request, book: Book, e2eid: str) -> Answer:
        """`GET /pix/{e2eid}`."""
        return Answer(200, transfer(book, paid_by(book, e2eid)))

    def refund(self, request: Request, book: Book, e2eid: str, refund_id: str) -> Answer:
        """`PUT /pix/{e2eid}/devolucao/{id}`: in processing first."""
        body = checked(request, "Devolucao", "PixDevolucaoInvalida")
        amount = sum_of(body["valor"], "PixDevolucaoInvalida", "devolucao.valor")
        charge = paid_by(book, e2eid)
        if book.find("refund", charge.id, reference=refund_id):
            text = f"O id {refund_id} já foi utilizado por outra devolução deste Pix."
            refuse(400, "PixDevolucaoInvalida", text, "devolucao.id")
        try:
            number = secrets.token_hex(8)
            made = self.give_back(book, charge, number, refund_id, amount)
        except TooMuch:
            text = "A devolução excederia o valor do pix originário."
            refuse(400, "PixDevolucaoInvalida", text, "devolucao.valor")
        return Answer(201, refund_shown(made, book.now))

    def show_refund(self, request: Request, book: Book, e2eid: str, refund_id: str) -> Answer:
        """`GET /pix/{e2eid}/devolucao/{id}`."""
        charge = paid_by(book, e2eid)
        made = book.find("refund", charge.id, reference=refund_id)
        if not made:
            refuse(404, "PixDevolucaoNaoEncontrada", "Devolução não encontrada.")
        return Answer(200, refund_shown(made[0], book.now))

    # Webhooks.

    def put_webhook(self, request: Request, book: Book, key: str) -> Answer:
        """`PUT /webhook/{chave}`: one address for each key."""
        body = checked(request, "Webhook", "WebhookOperacaoInvalida")
        if key != book.account.credentials["pix_key"]:
            refuse(400, "WebhookOperacaoInvalida", "A chave não pertence a este usuário.", "chave")
        made = {"webhookUrl": body["webhookUrl"], "chave": key, "criacao": moment(book.now)}
        if book.get("webhook", key):
            book.change("webhook", key, made)
        else:
            book.put("webhook", key, made)
        return Answer(200, b"")

    def show_webhook(self, request: Request, book: Book, key: str) -> Answer:
        """`GET /webhook/{chave}`."""
        made = book.get("webhook", key)
        if made is None:
            refuse(404, "WebhookNaoEncontrado", "Não há webhook para esta chave.")
        return Answer(200, made)

    def tell(self, book: Book, charge: Charge, what: str, thing: Thing | None = None) -> None:
        """A transfer that came, or one whose refund has ended."""
        if what == "captured":
            at = book.now.strftime("%Y%m%d%H%M")
            charge.data |= {"e2eid": f"E00000000{at}{secrets.token_hex(6)[:11]}"}
            charge.data |= {"paid_at": moment(book.now)}
        elif what != "refund":
            return
        put = book.get("webhook", book.account.credentials["pix_key"]) or {}
        url = f"{put['webhookUrl']}/pix" if put else ""
        body = orjson.dumps({"pix": [transfer(book, charge, thing)]}).decode()
        book.tell(charge, what, {"body": body, "url": url})

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The list of transfers. Nothing is signed: a bank shows its certificate instead."""
        headers = {"Content-Type": "application/json"}
        return Post(headers, delivery.message["body"].encode(), url=delivery.message["url"])


def seal(account: Account) -> str:
    """What makes a token hard to guess."""
    secret = account.credentials["client_secret"].encode()
    return hmac.new(secret, b"token", hashlib.sha256).hexdigest()


def problem(status: int, kind: str, detail: str, place: str = "") -> Answer:
    """A problem of RFC 7807 in the standard's words."""
    body: dict[str, Any] = {"type": f"https://pix.bcb.gov.br/api/v2/error/{kind}"}
    body |= {"title": TITLES[status], "status": status, "detail": detail}
    if place:
        body["violacoes"] = [{"razao": detail, "propriedade": place}]
    return Answer(status, orjson.dumps(body), {"Content-Type": "application/problem+json"})


def refuse(status: int, kind: str, detail: str, place: str = "") -> NoReturn:
    """Say no: nothing of the call is kept."""
    raise Refuse(problem(status, kind, detail, place))


def moment(when: datetime) -> str:
    """A time as the standard writes it."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def checked(request: Request, name: str, kind: str) -> dict[str, Any]:
    """The body, when it is as documented; raises Refuse naming the first fault."""
    body = request.json() if request.body else {}
    for fault in load("bacen_pix").faults(name, body):
        place = ".".join(filter(None, (fault.structure, fault.member))).lower()
        refuse(400, kind, f"O campo {place} não respeita o _schema_: {fault.kind}.", place)
    return dict(body)


def sum_of(text: Any, kind: str, place: str) -> int:
    """A sum in centavos; raises Refuse."""
    if not isinstance(text, str) or not SUM.fullmatch(text):
        refuse(400, kind, f"O campo {place} não respeita o _schema_.", place)
    amount = Money.from_major(text, "BRL").amount
    if amount < 1:
        refuse(400, kind, f"O campo {place} é zero.", place)
    return amount


def find(book: Book, txid: str) -> Charge | None:
    """A charge by the caller's name for it, locked."""
    found = book.charges_named(txid)
    return book.charge(found[0].id) if found else None


def existing(book: Book, txid: str) -> Charge:
    """A charge by its txid; raises Refuse."""
    charge = find(book, txid)
    if charge is None:
        refuse(404, "CobNaoEncontrado", "Cobrança não encontrada para o txid informado.")
    return charge


def paid_by(book: Book, e2eid: str) -> Charge:
    """The charge a transfer has paid; raises Refuse."""
    known = [one for one in book.recent_charges(500) if one.data.get("e2eid") == e2eid]
    charge = book.charge(known[0].id) if known else None
    if charge is None:
        refuse(404, "NaoEncontrado", "Entidade não encontrada.")
    return charge


def revised(book: Book, charge: Charge, body: dict[str, Any], amount: int) -> Charge:
    """The charge as it stands when the same is put again; raises Refuse once it is not open."""
    if body == charge.data["body"] and charge.state == "action":
        return charge
    if charge.state != "action":
        refuse(400, "CobOperacaoInvalida", "A cobrança já existe, não está no status ATIVA.")
    charge.amount = amount
    charge.data |= {"body": body, "revision": charge.data["revision"] + 1}
    return book.save(charge)


def shown(charge: Charge) -> dict[str, Any]:
    """The charge."""
    body = charge.data["body"]
    assert charge.created_at is not None
    place = f"pix.example.com/qr/v2/{charge.id}"
    kept = {name: body[name] for name in ("devedor", "solicitacaoPagador") if name in body}
    times = {"criacao": moment(charge.created_at), "expiracao": charge.data["lasts"]}
    return {
        "calendario": times,
        "txid": charge.reference,
        "revisao": charge.data["revision"],
        "loc": {"id": 789, "location": place, "tipoCob": "cob", "criacao": times["criacao"]},
        "location": place,
        "status": STATUS[charge.state],
        "valor": {"modalidadeAlteracao": 0, **body["valor"]},
        "chave": body["chave"],
        "pixCopiaECola": code(place, body["valor"]["original"]),
        **kept,
    }


def code(place: str, amount: str) -> str:
    """The text of the QR code."""
    fields = [("00", "br.gov.bcb.pix"), ("25", place)]
    account = "".join(f"{tag}{len(text):02d}{text}" for tag, text in fields)
    fields = [("00", "01"), ("01", "12"), ("26", account), ("52", "0000"), ("53", "986")]
    fields += [("54", amount), ("58", "BR"), ("59", "LOJA"), ("60", "SAO PAULO")]
    fields += [("62", "0503***")]
    text = "".join(f"{tag}{len(one):02d}{one}" for tag, one in fields) + "6304"
    remainder = 0xFFFF
    for byte in text.encode():
        remainder ^= byte << 8
        for _ in range(8):
            shifted = remainder << 1
            remainder = (shifted ^ 0x1021 if remainder & 0x8000 else shifted) & 0xFFFF
    return f"{text}{remainder:04X}"


def transfer(book: Book, charge: Charge, newest: Thing | None = None) -> dict[str, Any]:
    """The transfer that paid a charge, with its refunds; `newest` is one just ended."""
    refunds = {one["id"]: one for one in book.find("refund", charge.id)}
    refunds |= {newest["id"]: newest} if newest else {}
    made = {
        "endToEndId": charge.data["e2eid"],
        "txid": charge.reference,
        "valor": Money(charge.captured, "BRL").major(),
        "chave": charge.data["body"]["chave"],
        "horario": charge.data["paid_at"],
    }
    if refunds:
        made["devolucoes"] = [refund_shown(one, book.now) for one in refunds.values()]
    return made


def refund_shown(thing: Thing, now: datetime) -> dict[str, Any]:
    """A refund."""
    status = REFUNDS[thing["status"]]
    times = {"solicitacao": moment(now)} | ({} if "PROC" in status else {"liquidacao": moment(now)})
    made = {"id": thing["reference"], "rtrId": f"D{thing['id']:0>31}"[:32], "status": status}
    made |= {"valor": Money(thing["amount"], "BRL").major(), "horario": times}
    return made | ({"motivo": "Negado por timeout"} if status == "NAO_REALIZADO" else {})
