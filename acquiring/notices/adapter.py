"""Where allauth asks us to write to somebody: the letter is queued like every other."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import translation

from acquiring.core import ids
from acquiring.notices import services
from merchants import adapter
from merchants.models import User


class AccountAdapter(adapter.AccountAdapter):
    """Our people's account, with letters that wait for no mail server."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the letter; a signed-up person reads it in their own language."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()
        facts = {name: value for name, value in context.items() if isinstance(value, str)}
        with transaction.atomic():
            services.write(f"account:{ids.new().hex}", template_prefix, email, language, facts)
