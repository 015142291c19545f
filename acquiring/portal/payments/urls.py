"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.payments import acting, chosen, lists, show

urlpatterns = [
    path("payments/", lists.payments, name="payments"),
    path("payments/chosen/", chosen.show, name="payments_chosen"),
    path("payments/<shown>/", show.payment, name="payment"),
    path("payments/<shown>/capture/", acting.capture, name="payment_capture"),
    path("payments/<shown>/cancel/", acting.cancel, name="payment_cancel"),
    path("payments/<shown>/refund/", acting.refund, name="payment_refund"),
    path("refunds/", lists.refunds, name="refunds"),
    path("refunds/<shown>/", show.refund, name="refund"),
]
