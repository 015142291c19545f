"""Where shoppers come: a checkout session's page and a payment link's."""

from __future__ import annotations

from django.urls import path

from acquiring.checkout import (
    apple,
    links,
    pages,
    pictures,
    previews,
    receipts,
    renewing,
    script,
    tries,
    wallets,
)

urlpatterns = [
    path(
        ".well-known/apple-developer-merchantid-domain-association",
        wallets.domain,
        name="apple_pay_domain",
    ),
    path("js/checkout.js", script.script, name="checkout_script"),
    path("checkout/preview/<str:token>", previews.show, name="checkout_preview"),
    path("checkout/preview/<str:token>/look.css", previews.look, name="checkout_preview_look"),
    path("checkout/<str:token>", pages.show, name="checkout"),
    path("checkout/<str:token>/pay", tries.pay, name="checkout_pay"),
    path("checkout/<str:token>/apple-pay", apple.session, name="checkout_apple"),
    path("checkout/<str:token>/other", tries.other, name="checkout_other"),
    path("checkout/<str:token>/fresh", renewing.fresh, name="checkout_fresh"),
    path("checkout/<str:token>/code.svg", pictures.code_svg, name="checkout_code"),
    path("checkout/<str:token>/code.png", pictures.code_png, name="checkout_picture"),
    path("checkout/<str:token>/again", links.again, name="checkout_again"),
    path("checkout/<str:token>/forget", tries.forget, name="checkout_forget"),
    path("checkout/<str:token>/receipt", receipts.show, name="checkout_receipt"),
    path("checkout/<str:token>/status", pages.status, name="checkout_status"),
    path("checkout/<str:token>/look.css", pages.look, name="checkout_look"),
    path("pay/<str:token>", links.show, name="payment_link"),
    path("pay/<str:token>/look.css", links.look, name="payment_link_look"),
]
