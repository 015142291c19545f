"""M-PESA's result and error codes in our words.

Sources: Safaricom's list of result codes (developer.safaricom.co.ke/apis/MpesaExpressSimulate) as
public collections repeat it; a code that stands in none of them is unknown here.
"""

# `ResultCode` of a push that was answered, or not, on the phone.
STATES = {
    "0": "captured",
    "1": "declined",
    "17": "declined",
    "26": "declined",
    "1001": "declined",
    "1019": "expired",
    "1025": "declined",
    "1032": "declined",
    "1037": "declined",
    "2001": "declined",
    "2028": "declined",
    "4999": "action",
    "8006": "declined",
    "9999": "declined",
}
# The same as reasons, and the reasons for which a push was not even sent: `errorCode`, or what is
# told beside the one that stands for many.
DECLINES = {
    "1": "wallet_balance_low",
    "17": "wallet_limit_exceeded",
    "26": "try_again_later",
    "1001": "try_again_later",
    "1025": "processing_error",
    "1032": "shopper_canceled",
    "1037": "shopper_unreachable",
    "2001": "incorrect_pin",
    "2028": "transaction_not_permitted",
    "8006": "wallet_account_restricted",
    "9999": "processing_error",
    "400.002.02": "invalid_request",
    "400.003.01": "credentials_refused",
    "404.001.01": "invalid_request",
    "404.001.03": "credentials_refused",
    "500.003.02": "rate_limited",
    "500.003.03": "rate_limited",
}
MESSAGES = {
    "lock subscriber": "try_again_later",
    "wrong credentials": "credentials_refused",
    "merchant does not exist": "invalid_merchant",
}
# Answers that come as HTTP 500 and are answers all the same.
ANSWERS = frozenset({"500.001.1001", "500.003.02", "500.003.03"})
