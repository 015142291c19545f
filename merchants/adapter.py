"""Where allauth asks us: how a person is stored, and how an e-mail leaves."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from merchants.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Our users have no user name; their language is the one they signed up in."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Fill the new person from the sign-up form."""
        user.email = form.cleaned_data["email"].strip().lower()
        user.name = form.cleaned_data.get("name", "")
        user.language = getattr(request, "LANGUAGE_CODE", "en")
        user.set_password(form.cleaned_data["password1"])
        if commit:
            user.save(force_insert=True)
        return user
