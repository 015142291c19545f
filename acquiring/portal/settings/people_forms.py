"""The forms about people: what is asked of them, and what they may do."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from acquiring.portal.settings.forms import Setting
from merchants import twosteps

GRACE = {0: _("At once"), 3: _("3 days"), 7: _("7 days"), 14: _("14 days")}


class TwoSteps(Setting):
    """Whether everybody needs two-step login, and from when on."""

    on = forms.BooleanField(label=_("Everybody needs two-step login"), required=False)
    grace_days = forms.TypedChoiceField(
        label=_("Time to set it up"),
        choices=[(days, GRACE[days]) for days in twosteps.GRACE_DAYS],
        coerce=int,
        required=False,
        initial=7,
        help_text=_("Until then they are reminded. Afterwards nothing opens before it is set up."),
    )

    def clean_grace_days(self) -> int:
        """A week where nothing was chosen."""
        return self.cleaned_data["grace_days"] or (0 if self.data.get("grace_days") == "0" else 7)
