"""The addresses of version 1. No trailing slash anywhere."""

from __future__ import annotations

from django.urls import path, re_path

from acquiring.api.v1 import (
    api_keys,
    books,
    checkouts,
    clock,
    customers,
    events,
    methods,
    onboarding,
    onboarding_keys,
    onboarding_parts,
    payments,
    refunds,
    tokens,
    webhooks,
)
from acquiring.api.v1.document import OpenApi
from acquiring.api.v1.unknown import UnknownRoute

APPLICATION = "onboarding/applications/<str:application>"
ENDPOINTS = {
    "payments": payments.Payments,
    "payments/<str:payment>": payments.Payment,
    "payments/<str:payment>/confirm": payments.Confirm,
    "payments/<str:payment>/capture": payments.Capture,
    "payments/<str:payment>/cancel": payments.Cancel,
    "payments/<str:payment>/decision": payments.Decision,
    "refunds": refunds.Refunds,
    "refunds/<str:refund>": refunds.Refund,
    "customers": customers.Customers,
    "customers/<str:customer>": customers.Customer,
    "tokens": tokens.Tokens,
    "tokens/<str:token>": tokens.Token,
    "checkout_sessions": checkouts.CheckoutSessions,
    "checkout_sessions/<str:session>": checkouts.CheckoutSession,
    "checkout_sessions/<str:session>/expire": checkouts.ExpireSession,
    "payment_links": checkouts.PaymentLinks,
    "payment_links/<str:link>": checkouts.PaymentLink,
    "payment_methods": methods.PaymentMethods,
    "connectors": methods.Connectors,
    "balances": books.Balances,
    "ledger/transfers": books.Transfers,
    "events": events.Events,
    "events/<str:event>": events.Event,
    "webhook_endpoints": webhooks.WebhookEndpoints,
    "webhook_endpoints/<str:endpoint>": webhooks.WebhookEndpoint,
    "webhook_endpoints/<str:endpoint>/rotate_secret": webhooks.RotateSecret,
    "webhook_endpoints/<str:endpoint>/test": webhooks.TestEndpoint,
    "webhook_endpoints/<str:endpoint>/enable": webhooks.EnableEndpoint,
    "webhook_endpoints/<str:endpoint>/disable": webhooks.DisableEndpoint,
    "webhook_deliveries": webhooks.Deliveries,
    "webhook_deliveries/replay": webhooks.ReplayMany,
    "webhook_deliveries/<str:delivery>": webhooks.Delivery,
    "webhook_deliveries/<str:delivery>/replay": webhooks.Replay,
    "api_keys": api_keys.ApiKeys,
    "api_keys/<str:key>": api_keys.ApiKey,
    "api_keys/<str:key>/rotate": api_keys.RotateKey,
    "clock": clock.Clock,
    "onboarding/requirements": onboarding.Requirements,
    "onboarding/applications": onboarding.Applications,
    f"{APPLICATION}": onboarding.Application,
    f"{APPLICATION}/people": onboarding_parts.People,
    f"{APPLICATION}/people/<str:person>": onboarding_parts.Person,
    f"{APPLICATION}/bank_accounts": onboarding_parts.BankAccounts,
    f"{APPLICATION}/bank_accounts/<str:account>": onboarding_parts.BankAccount,
    f"{APPLICATION}/documents": onboarding_parts.Documents,
    f"{APPLICATION}/send": onboarding.Send,
    f"{APPLICATION}/withdraw": onboarding.Withdraw,
    f"{APPLICATION}/tasks": onboarding_parts.Tasks,
    f"{APPLICATION}/tasks/<str:task>/answer": onboarding_parts.TaskAnswer,
    f"{APPLICATION}/links": onboarding.Links,
    f"{APPLICATION}/api_keys": onboarding_keys.Keys,
    f"{APPLICATION}/api_keys/<str:key>": onboarding_keys.Key,
    f"{APPLICATION}/verdict": onboarding.Verdict,
}

endpoints = [
    path(route, endpoint.as_view(), name=endpoint.__name__) for route, endpoint in ENDPOINTS.items()
]
urlpatterns = [
    *endpoints,
    path("openapi.json", OpenApi.as_view(), name="OpenApi"),
    re_path("", UnknownRoute.as_view(), name="UnknownRoute"),
]
