"""The second step of a login, which allauth asks: not once more where the provider asked it."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest


class SecondStep(AuthenticateStage):
    """Asked of everybody who has set it up, but of those for whom their provider vouched now."""

    def _should_handle(self, request: HttpRequest) -> bool:
        said = getattr(request, "single_sign_on", None)
        return not (said and said["strong"]) and super()._should_handle(request)
