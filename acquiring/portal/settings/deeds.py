"""What the audit log calls a deed, in people's words; what is not here is said as it is."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "api_key.created": _("Created an API key"),
    "api_key.revoked": _("Revoked an API key"),
    "api_key.rotated": _("Replaced an API key"),
    "api_key.shown": _("Looked at a new API key"),
    "application.bank_account_added": _("Added a bank account to the application"),
    "application.bank_account_changed": _("Changed a bank account of the application"),
    "application.bank_account_removed": _("Removed a bank account from the application"),
    "application.document_deleted": _("Deleted a document"),
    "application.document_received": _("Handed in a document"),
    "application.link_made": _("Made a link to the application"),
    "application.links_revoked": _("Took the links to the application back"),
    "application.opened": _("Opened the application"),
    "application.person_added": _("Added a person to the application"),
    "application.person_changed": _("Changed a person of the application"),
    "application.person_removed": _("Removed a person from the application"),
    "application.status": _("Moved the application on"),
    "application.task_answered": _("Answered a question about the application"),
    "application.task_opened": _("Asked something about the application"),
    "application.told": _("Filled in the application"),
    "bank_account.changed": _("Changed a bank account"),
    "branding.changed": _("Changed the checkout's look"),
    "business.changed": _("Changed the business details"),
    "business.second_person": _("Changed what needs a second person"),
    "business.signed_up": _("Signed the business up"),
    "business.status": _("Changed the status of the business"),
    "business.two_steps": _("Changed who needs two-step login"),
    "clock.advanced": _("Moved the test clock"),
    "clock.reset": _("Brought the test clock back"),
    "customer.erased": _("Erased a customer"),
    "customer.exported": _("Handed out a customer's data"),
    "export.asked": _("Asked for an export"),
    "export.canceled": _("Called an export off"),
    "export.downloaded": _("Downloaded an export"),
    "export.made": _("Made an export"),
    "invitation.accepted": _("Accepted an invitation"),
    "invitation.revoked": _("Took an invitation back"),
    "invitation.sent": _("Invited somebody"),
    "invitation.sent_again": _("Invited somebody again"),
    "login.codes_new": _("Made new recovery codes"),
    "login.new_device": _("Signed in from a new device"),
    "login.passkey_added": _("Added a passkey"),
    "login.passkey_removed": _("Removed a passkey"),
    "login.two_steps_off": _("Took the authenticator app off"),
    "login.two_steps_on": _("Set up two-step login"),
    "member.added": _("Added somebody to the team"),
    "member.removed": _("Removed somebody from the team"),
    "member.role": _("Changed somebody's role"),
    "merchant.changed": _("Changed currencies, time or sites"),
    "notices.chosen": _("Chose what to be told about"),
    "offering.changed": _("Changed the payment methods"),
    "payment.cancel": _("Canceled a payment"),
    "payment.capture": _("Captured a payment"),
    "payment.refund": _("Refunded a payment"),
    "payment_link.created": _("Made a payment link"),
    "payment_link.updated": _("Changed a payment link"),
    "proposal.approved": _("Approved a proposal"),
    "proposal.declined": _("Declined a proposal"),
    "proposal.made": _("Proposed something"),
    "proposal.withdrawn": _("Took a proposal back"),
    "provider_account.added": _("Added a provider account"),
    "provider_account.changed": _("Changed a provider account"),
    "provider_account.connected": _("Connected a provider account"),
    "provider_account.webhook_registered": _("Registered our address with a provider"),
    "role.changed": _("Changed what a role may do"),
    "role.deleted": _("Deleted a role"),
    "role.made": _("Made a role"),
    "store.changed": _("Changed a store"),
    "support.did": _("Support did something"),
    "support.entered": _("Support came in"),
    "support.granted": _("Let support in"),
    "support.revoked": _("Sent support away"),
    "support.saw": _("Support opened a page"),
    "token.erased": _("Removed a saved card"),
    "webhook_endpoint.created": _("Added a webhook endpoint"),
    "webhook_endpoint.disabled": _("Switched a webhook endpoint off"),
}


def said(action: str) -> str:
    """A deed in words."""
    return str(WORDS.get(action, action))


def every() -> list[tuple[str, str]]:
    """The deeds to choose from, by their words."""
    return sorted(((action, str(words)) for action, words in WORDS.items()), key=lambda one: one[1])
