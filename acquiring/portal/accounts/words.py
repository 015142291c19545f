"""What credentials are called and where a person finds them, by the name a driver gives them.

A name that is not here is shown as it is; `HELP` may be told more exactly for one provider.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from acquiring.connectors.driver import Driver

Words = dict[str, str | Promise]
TITLES: Words = {
    "access_token": gettext_lazy("Access token"),
    "api_key": gettext_lazy("API key"),
    "callback_token": gettext_lazy("Callback token"),
    "certificate": gettext_lazy("Certificate"),
    "bank_certificate": gettext_lazy("The bank's root certificate"),
    "client_certificate": gettext_lazy("Client certificate"),
    "client_certificate_key": gettext_lazy("Key of the client certificate"),
    "client_id": gettext_lazy("Client id"),
    "client_secret": gettext_lazy("Client secret"),
    "gateway_public_key": gettext_lazy("The provider's public key"),
    "hmac_key": gettext_lazy("HMAC key of webhooks"),
    "live_prefix": gettext_lazy("Prefix of your live address"),
    "login": gettext_lazy("Login"),
    "merchant_account": gettext_lazy("Merchant account"),
    "merchant_id": gettext_lazy("Merchant id"),
    "notification_key": gettext_lazy("Key of incoming notices"),
    "notification_public_key": gettext_lazy("Public key of webhooks"),
    "password": gettext_lazy("Password"),
    "private_key": gettext_lazy("Private key"),
    "processing_channel_id": gettext_lazy("Processing channel"),
    "public_key": gettext_lazy("Public key"),
    "secret_hash": gettext_lazy("Secret hash of webhooks"),
    "secret_key": gettext_lazy("Secret key"),
    "trans_key": gettext_lazy("Transaction key"),
    "username": gettext_lazy("User name"),
    "entity": gettext_lazy("Merchant entity"),
    "signing_key_id": gettext_lazy("Id of the signing key"),
    "signing_private_key": gettext_lazy("Private key"),
    "verify_key": gettext_lazy("Verify key"),
    "webhook_id": gettext_lazy("Id of the webhook"),
    "webhook_key": gettext_lazy("Signature key of webhooks"),
    "webhook_public_key": gettext_lazy("Public key of webhooks"),
    "webhook_secret": gettext_lazy("Signing secret of webhooks"),
    "webhook_signature_key": gettext_lazy("Signature key of webhooks"),
    "website_key": gettext_lazy("Website key"),
    "access_key": gettext_lazy("Access key"),
    "api_token": gettext_lazy("Access token"),
    "client_key": gettext_lazy("Client key"),
    "consumer_key": gettext_lazy("Consumer key"),
    "consumer_secret": gettext_lazy("Consumer secret"),
    "integration_key": gettext_lazy("Integration key"),
    "key_id": gettext_lazy("Key id"),
    "key_secret": gettext_lazy("Key secret"),
    "location_id": gettext_lazy("Location"),
    "merchant_accounts": gettext_lazy("Merchant accounts by currency"),
    "merchant_serial_number": gettext_lazy("Merchant serial number"),
    "passkey": gettext_lazy("Passkey"),
    "passphrase": gettext_lazy("Passphrase"),
    "pix_key": gettext_lazy("Pix key"),
    "server_key": gettext_lazy("Server key"),
    "shortcode": gettext_lazy("Shortcode"),
    "site_id": gettext_lazy("Merchant site id"),
    "subscription_key": gettext_lazy("Subscription key"),
    "name": gettext_lazy("Name of the account holder"),
    "city": gettext_lazy("City"),
    "paynow_uen": gettext_lazy("PayNow: UEN of your business"),
    "promptpay_biller_id": gettext_lazy("PromptPay: biller id"),
    "duitnow_acquirer_id": gettext_lazy("DuitNow: acquirer id"),
    "duitnow_merchant_id": gettext_lazy("DuitNow: merchant id"),
    "qris_issuer_domain": gettext_lazy("QRIS: domain of the issuer"),
    "qris_merchant_pan": gettext_lazy("QRIS: merchant PAN"),
    "qris_merchant_id": gettext_lazy("QRIS: merchant id"),
    "qris_nmid": gettext_lazy("QRIS: national merchant id"),
    "qris_category": gettext_lazy("QRIS: merchant category code"),
    "qris_postal_code": gettext_lazy("QRIS: postal code"),
    "vietqr_bank_bin": gettext_lazy("VietQR: number of the bank"),
    "vietqr_account_number": gettext_lazy("VietQR: account number"),
    "khqr_account_id": gettext_lazy("KHQR: Bakong account"),
    "khqr_merchant_id": gettext_lazy("KHQR: merchant id"),
    "khqr_bank_name": gettext_lazy("KHQR: name of the bank"),
    "fps_fps_id": gettext_lazy("FPS: FPS identifier"),
    "upi_vpa": gettext_lazy("UPI: your UPI ID"),
    "scan_url": gettext_lazy("Address of the sandbox's bank"),
}
SENT = gettext_lazy("It comes with every webhook. Without it no webhook is believed.")
MADE = gettext_lazy("It is made with the webhook. Without it no webhook is believed.")
HELP: Words = {
    "merchant_accounts": gettext_lazy("One for each currency, such as EUR=acme_eur, USD=acme_usd."),
    "paynow_uen": gettext_lazy("Leave empty the schemes you have no account at."),
    "shortcode": gettext_lazy("The number of your paybill."),
    "location_id": gettext_lazy("Which of your locations takes the payments."),
    "api_key": gettext_lazy("From the developers' part of the provider's dashboard."),
    "bank_certificate": gettext_lazy(
        "Only where the bank's own certificate hangs from a root that few systems know."
    ),
    "callback_token": SENT,
    "client_certificate": gettext_lazy(
        "The whole file, with the certificates that lead to its root. The bank wants to see it."
    ),
    "client_certificate_key": gettext_lazy("The whole file, from BEGIN to END, without password."),
    "client_id": gettext_lazy("Of the application you made in the provider's dashboard."),
    "client_secret": gettext_lazy("It is shown once, when the application is made."),
    "gateway_public_key": gettext_lazy("It proves that an answer comes from the provider."),
    "hmac_key": MADE,
    "live_prefix": gettext_lazy("Only for live accounts: the part before your own address there."),
    "merchant_account": gettext_lazy("The account below your company that takes the payments."),
    "private_key": gettext_lazy("The whole file, from BEGIN to END. It signs what we send."),
    "secret_hash": SENT,
    "secret_key": gettext_lazy("The secret one, not the one for browsers."),
    "webhook_id": MADE,
    "webhook_key": MADE,
    "webhook_secret": MADE,
    "webhook_signature_key": MADE,
}
FOR: dict[tuple[str, str], str | Promise] = {
    ("stripe", "secret_key"): gettext_lazy(
        "Developers, API keys in the Stripe dashboard. It begins with sk_ or rk_."
    ),
    ("stripe", "webhook_secret"): gettext_lazy(
        "Developers, Webhooks, the endpoint, Signing secret. It begins with whsec_."
    ),
    ("adyen", "api_key"): gettext_lazy("Developers, API credentials in the Customer Area."),
    ("adyen", "live_prefix"): gettext_lazy(
        "Developers, API URLs in the Customer Area, such as 1797a841fbb37ca7-Shop."
    ),
    ("antom", "client_id"): gettext_lazy("Developer, Integration resources in the dashboard."),
    ("checkout", "processing_channel_id"): gettext_lazy("It begins with pc_."),
    ("mollie", "api_key"): gettext_lazy("It begins with live_ or test_."),
    ("worldpay", "entity"): gettext_lazy(
        "Which of your businesses takes the payments: the entity of the API, such as default."
    ),
    ("worldpay", "webhook_secret"): gettext_lazy(
        "Ask Worldpay to sign your events: its secret comes with that. Without it no event is"
        " believed."
    ),
    ("paypal", "webhook_id"): gettext_lazy("Learned by itself when the webhook is registered."),
}
# What comes with the webhook, and so often after the account: payments go without, news does not.
HEARD = frozenset(
    "callback_token hmac_key secret_hash webhook_id webhook_key webhook_public_key"
    " webhook_secret webhook_signature_key".split()
)
# What a bank behind mutual TLS wants; the sandbox's does not.
SHOWN = frozenset({"client_certificate", "client_certificate_key", "bank_certificate"})
OPTIONAL = HEARD | SHOWN | {"live_prefix"}
LONG = (
    "private_key",
    "public_key",
    "certificate",
    "certificate_key",
)  # names that end so hold several lines

KNOWN = {
    "good": gettext_lazy("The provider knows these credentials"),
    "refused": gettext_lazy("The provider does not accept these credentials"),
    "unknown": gettext_lazy("The provider did not answer, so nobody knows whether they are right"),
}
HEALTH: dict[str, tuple[str | Promise, str, str]] = {
    "healthy": (gettext_lazy("Well"), "ok", "check"),
    "slow": (gettext_lazy("Slow"), "wait", "hourglass"),
    "failing": (gettext_lazy("Failing"), "bad", "alert-triangle"),
    "paused": (gettext_lazy("Paused, it does not answer"), "bad", "player-pause"),
    "quiet": (gettext_lazy("Not asked today"), "calm", "point"),
    "disabled": (gettext_lazy("Disabled"), "calm", "ban"),
    "waiting": (gettext_lazy("Being connected"), "wait", "hourglass"),
}


def title(name: str) -> str:
    """A credential's name as people say it."""
    known = TITLES.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()


def help_of(provider: str, name: str) -> str:
    """Where a credential is found and what it is for; "" where nothing is known."""
    return str(FOR.get((provider, name)) or HELP.get(name) or "")


def required(driver: Driver, name: str) -> bool:
    """Whether an account is of no use without it."""
    if driver.asks_nobody:
        return name == driver.credentials[0]
    return name not in OPTIONAL


def is_secret(driver: Driver, name: str) -> bool:
    """Whether it is masked while it is typed, and never shown again."""
    return name in (driver.secret_credentials or driver.credentials)


def verdict(word: str) -> str:
    """What became of a check, in a sentence."""
    return str(KNOWN[word])
