"""Why somebody is not let in, in words they can do something with."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "begun_elsewhere": _("This sign-in took too long, or began in another browser. Start again."),
    "cancelled": _("You turned back at the provider. Nothing has happened."),
    "email_unverified": _("The provider calls %(email)s unverified. Confirm the address there."),
    "inactive": _("This account is closed."),
    "no_auth_time": _("The provider does not say when it asked you (auth_time)."),
    "no_email": _("The provider does not say your e-mail address. It must send the claim email."),
    "not_asked_again": _("The provider did not ask you again who you are."),
    "other_domain": _("%(email)s is of a domain that the organisation has not proved."),
    "other_person": _("Somebody else came back from the provider than who is signed in here."),
    "other_subject": _(
        "Somebody with the address %(email)s came before, as another person of the provider. An"
        " owner of the organisation can unlink them."
    ),
    "provider_away": _("The provider does not answer. Try again in a minute."),
    "provider_refused": _("The provider refused: %(said)s"),
    "switched_off": _("Single sign-on is switched off here."),
    "token_algorithm": _("The provider's token is signed in a way that is not accepted."),
    "token_audience": _("The provider's token is made for another application."),
    "token_expired": _("The provider's token is over, or not valid yet."),
    "token_issuer": _("The answer comes from another provider than the one that was asked."),
    "token_nonce": _("The provider's token belongs to another sign-in."),
    "token_signature": _("The provider's token is not signed by its keys."),
    "token_subject": _("The provider's answers name two persons, or none."),
    "unknown": _("%(organisation)s does not let %(email)s in yet. Ask an owner to invite you."),
}


def reason(code: str, facts: dict[str, str]) -> str:
    """Why not; a code that is not known here is said as it is."""
    words = REASONS.get(code)
    return gettext(str(words)) % facts if words else code
