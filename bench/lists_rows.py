"""A year of a million payments, as SQL: what the lists of the portal and the API are measured on.

Everything is drawn from one seed. The plan of a payment is a row of `bench_plan`; the tables of the
product are filled from it, with ids of the time a payment was made at, as the product makes them.
The first merchant is the measured one and has all of the million; the others are its neighbours in
every index. Events, deliveries and API requests reach back as far as a merchant asks about them:
90, 90 and 30 days.
"""

from __future__ import annotations

PLAN = """
    SELECT setseed(0.1122);
    CREATE UNLOGGED TABLE bench_merchant AS
    SELECT row_number() OVER (ORDER BY id <> %(measured)s, id) - 1 AS number, id
    FROM merchants_merchant WHERE id = %(measured)s OR name LIKE 'Neighbour %%';
    CREATE UNLOGGED TABLE bench_plan AS
    SELECT n, m.id AS merchant_id, m.number = 0 AS measured, at, uuidv7(at - now()) AS id,
           uuidv7(at - now()) AS attempt_id, uuidv7(at - now()) AS capture_id,
           500 + (r_amount * r_amount * r_amount * 90000)::bigint AS amount,
           (ARRAY['EUR','EUR','EUR','EUR','EUR','EUR','EUR','USD','USD','GBP'])
               [1 + floor(r_currency * 10)::int] AS currency,
           (ARRAY['card','card','card','card','card','card','ideal','paypal','klarna','alipay_cn'])
               [1 + floor(r_method * 10)::int] AS method,
           (ARRAY['DE','DE','DE','NL','NL','FR','FR','BE','AT','IT','ES','US','GB','CH','PL','SG'])
               [1 + floor(r_country * 16)::int] AS country,
           CASE WHEN r_status < 0.87 THEN 'captured' WHEN r_status < 0.965 THEN 'declined'
                WHEN r_status < 0.99 THEN 'expired' WHEN r_status < 0.995 THEN 'canceled'
                WHEN r_status < 0.996 THEN 'authorized' WHEN r_status < 0.9963 THEN 'pending'
                ELSE 'captured' END AS status,
           (ARRAY['insufficient_funds','insufficient_funds','do_not_honor','do_not_honor',
                  'expired_card','incorrect_cvc','authentication_failed','lost_card',
                  'suspected_fraud','issuer_unavailable'])[1 + floor(r_reason * 10)::int] AS reason,
           r_refund < 0.05 AS refunded, r_customer < 0.3 AS known,
           1 + floor(r_shopper * 100000)::int AS shopper,
           (ARRAY['stripe','stripe','adyen'])[1 + n %% 3] AS provider
    FROM (SELECT n, now() - interval '365 days' * (1 - power(random(), 0.8)) AS at,
                 random() AS r_status, random() AS r_amount, random() AS r_currency,
                 random() AS r_method, random() AS r_country, random() AS r_reason,
                 random() AS r_refund, random() AS r_customer, random() AS r_shopper
          FROM generate_series(1, %(payments)s + %(neighbours)s * %(theirs)s) AS n) AS draw
    JOIN bench_merchant AS m ON m.number =
         CASE WHEN n <= %(payments)s THEN 0 ELSE 1 + n %% %(neighbours)s END;
    CREATE UNLOGGED TABLE bench_account AS
    SELECT merchant_id, provider, id FROM merchants_provideraccount
    WHERE merchant_id = %(measured)s
    UNION ALL
    SELECT DISTINCT ON (merchant_id, provider) merchant_id, provider, attempt_id FROM bench_plan
    WHERE NOT measured;
    CREATE UNLOGGED TABLE bench_store AS
    SELECT row_number() OVER (ORDER BY id) AS number, id FROM merchants_store
    WHERE merchant_id = %(measured)s;
    ANALYZE bench_plan;
"""
CUSTOMERS = """
    CREATE UNLOGGED TABLE bench_customer AS
    SELECT m.id AS merchant_id, n, uuidv7(interval '-366 days' + n * interval '5 minutes') AS id
    FROM bench_merchant AS m, generate_series(1, 100000) AS n WHERE m.number = 0 OR n <= 2000;
    INSERT INTO payments_customer (id, merchant_id, reference, name, email, phone, metadata,
                                   created_at, updated_at)
    SELECT id, merchant_id, 'C-' || n, 'Shopper ' || n, 'shopper-' || n || '@example.com', '', '{}',
           now(), now()
    FROM bench_customer;
    CREATE UNIQUE INDEX ON bench_customer (merchant_id, n);
"""
PAYMENTS = """
    INSERT INTO payments_payment (id, merchant_id, version, status, amount, currency,
        amount_authorized, amount_captured, amount_refunded, amount_disputed, capture_method,
        method, method_details, customer_id, store_id, initiator, reference, description,
        descriptor, return_url, country, locale, shopper, metadata, decline_code, decision,
        attention, expires_at, created_at, updated_at)
    SELECT p.id, p.merchant_id, 2, status, amount, currency,
        CASE WHEN status IN ('captured', 'authorized') THEN amount ELSE 0 END,
        CASE WHEN status = 'captured' THEN amount ELSE 0 END,
        CASE WHEN status = 'captured' AND refunded THEN amount / 2 ELSE 0 END, 0, 'automatic',
        method, CASE WHEN method = 'card' THEN jsonb_build_object('type', 'card', 'card',
            jsonb_build_object('brand', 'visa', 'bin', '424242', 'exp_month', 12, 'exp_year', 2031,
                               'last4', lpad((p.n::bigint * 7919 %% 10000)::text, 4, '0'),
                               'fingerprint', md5(p.n::text)))
            ELSE jsonb_build_object('type', method) END,
        c.id, CASE WHEN measured THEN s.id END, 'shopper', 'order-' || p.n, '', '', '', p.country,
        'en', jsonb_build_object('customer', jsonb_build_object('name', 'Shopper ' || shopper,
            'email', 'shopper-' || shopper || '@example.com')),
        '{}', CASE status WHEN 'declined' THEN reason WHEN 'expired' THEN 'payment_expired'
                   ELSE '' END,
        '{}', CASE WHEN p.n %% 100000 = 7 THEN 'amount_differs' ELSE '' END,
        CASE WHEN status = 'authorized' THEN at + interval '7 days' END, at, at
    FROM bench_plan AS p
    LEFT JOIN bench_customer AS c ON p.known AND c.merchant_id = p.merchant_id AND c.n = shopper
    LEFT JOIN bench_store AS s ON s.number = 1 + p.n %% 4
    ORDER BY p.id;
    INSERT INTO payments_handle (merchant_id, id, tail, amount, email, last4)
    SELECT merchant_id, id, right(id::text, 6), amount, shopper #>> '{customer,email}',
           method_details #>> '{card,last4}'
    FROM payments_payment WHERE merchant_id IN (SELECT id FROM bench_merchant) ORDER BY id;
"""
ATTEMPTS = """
    INSERT INTO payments_attempt (id, merchant_id, payment_id, ordinal, account_id, provider,
        status, amount, currency, amount_authorized, provider_ref, decline_code, raw_code,
        raw_message, facts, kept, surplus, sent_at, finished_at, milliseconds, inquiries,
        created_at, updated_at)
    SELECT attempt_id, p.merchant_id, p.id, 1, a.id, p.provider,
        CASE status WHEN 'canceled' THEN 'voided' WHEN 'pending' THEN 'unknown' ELSE status END,
        amount, currency, CASE WHEN status IN ('captured', 'authorized') THEN amount ELSE 0 END,
        'pi_' || n, CASE WHEN status = 'declined' THEN reason ELSE '' END, '', '', '{}', '{}',
        false, at, at, 80 + n %% 900, 0, at, at
    FROM bench_plan AS p JOIN bench_account AS a USING (merchant_id, provider) ORDER BY attempt_id;
    INSERT INTO payments_capture (id, merchant_id, payment_id, attempt_id, status, amount, currency,
        origin, reference, operation_ref, decline_code, raw_code, raw_message, unknown, sent_at,
        inquiries, finished_at, created_at, updated_at, final, fee, available_at, released_at)
    SELECT capture_id, merchant_id, id, attempt_id, 'succeeded', amount, currency, 'automatic', '',
        '', '', '', '', false, at, 0, at, at, at, true, 0, at + interval '2 days',
        CASE WHEN at < now() - interval '2 days' THEN at + interval '2 days' END
    FROM bench_plan WHERE status = 'captured' ORDER BY capture_id;
    INSERT INTO payments_refund (id, merchant_id, payment_id, attempt_id, status, amount, currency,
        origin, reference, operation_ref, decline_code, raw_code, raw_message, unknown, sent_at,
        inquiries, finished_at, created_at, updated_at, reason, returned, metadata)
    SELECT uuidv7(at - now()), merchant_id, id, attempt_id,
        CASE WHEN n %% 50 = 0 THEN 'failed' ELSE 'succeeded' END, amount / 2, currency,
        'merchant', '', '', '', '', '', false, at, 0, at, at, at, 'size', false, '{}'
    FROM bench_plan WHERE status = 'captured' AND refunded;
"""
# Sealed as if the sealer had been there; the hashes are only as long as real ones.
LEDGER = """
    CREATE UNLOGGED TABLE bench_transfer AS
    SELECT *, row_number() OVER (PARTITION BY merchant_id ORDER BY id) AS sequence FROM (
        SELECT p.merchant_id, uuidv7(at - now()) AS id, capture_id AS journal, 0 AS leg,
               'provider:acc_' || replace(a.id::text, '-', '') || ':receivable:' || currency
                   AS source,
               'merchant:mer_' || replace(p.merchant_id::text, '-', '') || ':' || where_to || ':'
                   || currency AS target,
               amount, currency, said.reason, p.id AS payment, at
        FROM bench_plan AS p JOIN bench_account AS a USING (merchant_id, provider),
             LATERAL (SELECT CASE WHEN n %% 20000 = 3 THEN 'surplus' ELSE 'pending' END AS where_to,
                             CASE WHEN n %% 20000 = 3 THEN 'surplus' ELSE 'capture' END AS reason
                     ) AS said (where_to, reason)
        WHERE status = 'captured'
        UNION ALL
        SELECT merchant_id, uuidv7(at - now() + interval '2 days'), gen_random_uuid(), 0,
               'merchant:mer_' || replace(merchant_id::text, '-', '') || ':pending:' || currency,
               'merchant:mer_' || replace(merchant_id::text, '-', '') || ':available:' || currency,
               amount, currency, 'release', id, at + interval '2 days'
        FROM bench_plan WHERE status = 'captured' AND at < now() - interval '2 days') AS move;
    INSERT INTO ledger_transfer (id, merchant_id, journal, leg, source, target, amount, currency,
                                 reason, subject, created_at, sequence, previous, hash)
    SELECT id, merchant_id, journal, leg, source, target, amount, currency, reason,
           'pay_' || replace(payment::text, '-', ''), at, sequence,
           sha256(int8send(sequence - 1)), sha256(int8send(sequence))
    FROM bench_transfer ORDER BY id;
    INSERT INTO ledger_snapshot (id, merchant_id, account, currency, sequence, amount, created_at)
    SELECT gen_random_uuid(), merchant_id, account, currency, 1000 * (block + 1),
           sum(sum(amount)) OVER (PARTITION BY merchant_id, account, currency ORDER BY block),
           max(max(at)) OVER (PARTITION BY merchant_id, block)
    FROM (SELECT merchant_id, target AS account, currency, amount, at, (sequence - 1) / 1000
              AS block FROM bench_transfer
          UNION ALL
          SELECT merchant_id, source, currency, -amount, at, (sequence - 1) / 1000
          FROM bench_transfer) AS leg
    JOIN (SELECT merchant_id, max(sequence) AS last FROM bench_transfer GROUP BY merchant_id)
         AS head USING (merchant_id)
    WHERE 1000 * (block + 1) <= last
    GROUP BY merchant_id, account, currency, block;
    INSERT INTO ledger_verification (id, merchant_id, sequence, fault, verified_at)
    SELECT gen_random_uuid(), merchant_id, max(sequence), '', now() FROM bench_transfer
    GROUP BY merchant_id;
    INSERT INTO core_chain (id, merchant_id, name, sequence, hash, floor_sequence, floor_hash)
    SELECT gen_random_uuid(), merchant_id, 'transfers', max(sequence), '', 0, ''
    FROM bench_transfer GROUP BY merchant_id
    ON CONFLICT (merchant_id, name) DO UPDATE SET sequence = excluded.sequence;
"""
EVENTS = """
    CREATE UNLOGGED TABLE bench_event AS
    SELECT *, row_number() OVER (ORDER BY id) + 1000 AS sequence FROM (
        SELECT uuidv7(at - now()) AS id, uuidv7(at - now()) AS delivery_id, at, n, amount, currency,
               'payment.' || status AS type, 'pay_' || replace(id::text, '-', '') AS subject
        FROM bench_plan WHERE measured AND at > now() - interval '90 days') AS happened;
    INSERT INTO core_event (id, merchant_id, created_at, sequence, previous, hash, type, subject,
                            payload)
    SELECT id, %(measured)s, at, sequence, sha256(int8send(sequence - 1)),
           sha256(int8send(sequence)), type, subject,
           jsonb_build_object('object', 'payment', 'id', subject, 'amount', amount,
                              'currency', currency, 'reference', 'order-' || n, 'status', type)
    FROM bench_event ORDER BY id;
    INSERT INTO core_chain (id, merchant_id, name, sequence, hash, floor_sequence, floor_hash)
    SELECT gen_random_uuid(), %(measured)s, 'events', max(sequence), '', 0, '' FROM bench_event
    ON CONFLICT (merchant_id, name) DO UPDATE SET sequence = excluded.sequence;
    INSERT INTO webhooks_delivery (id, merchant_id, endpoint_id, event_id, event_type,
                                   event_sequence, status, tries, next_at, created_at)
    SELECT delivery_id, %(measured)s, endpoint.id, event.id, type, sequence,
           CASE WHEN n %% 100 = 0 THEN 'failed' WHEN n %% 1000 = 1 THEN 'abandoned'
                WHEN n %% 1000 = 2 THEN 'pending' ELSE 'succeeded' END,
           1, at, at
    FROM bench_event AS event, webhooks_endpoint AS endpoint
    WHERE endpoint.merchant_id = %(measured)s ORDER BY delivery_id;
    INSERT INTO webhooks_deliveryattempt (id, merchant_id, delivery_id, status, response, error,
                                          milliseconds, sent_at, created_at)
    SELECT uuidv7(at - now()), %(measured)s, delivery_id,
           CASE WHEN n %% 100 = 0 OR n %% 1000 IN (1, 2) THEN 503 ELSE 200 END,
           'OK', '', 40 + n %% 400, at, at
    FROM bench_event ORDER BY 1;
"""
PROGRAMS = """
    INSERT INTO merchants_apirequest (id, merchant_id, key_id, method, route, path, status,
        milliseconds, version, request_id, idempotency_key, error_code, param, message, body)
    SELECT uuidv7(at - now()), %(measured)s, %(key)s, call.method, 'v1/payments', '/v1/payments',
           CASE WHEN refused THEN 400 ELSE 200 END, 12 + n %% 90, '2026-11-22', '', '',
           CASE WHEN NOT refused THEN '' WHEN n %% 1000 = 0 THEN 'missing_field'
                ELSE 'invalid_field' END,
           CASE WHEN refused THEN 'amount' ELSE '' END, '', CASE WHEN refused THEN '{}' ELSE '' END
    FROM bench_plan,
         LATERAL (VALUES ('POST', n %% 50 = 0), ('GET', false)) AS call (method, refused)
    WHERE measured AND at > now() - interval '30 days' ORDER BY 1;
    CREATE UNLOGGED TABLE bench_link AS
    SELECT n, uuidv7(n * interval '-4 hours') AS id FROM generate_series(1, 2000) AS n;
    INSERT INTO payments_paymentlink (id, merchant_id, active, reusable, amount, currency, title,
        description, methods, reference, return_url, metadata, created_at, updated_at)
    SELECT id, %(measured)s, n %% 5 <> 0, true, 4900, 'EUR', 'Lamp ' || n, '', '[]', 'L-' || n, '',
           '{}', now() - n * interval '4 hours', now() - n * interval '4 hours' FROM bench_link;
    INSERT INTO payments_checkoutsession (id, merchant_id, status, amount, currency, country,
        locale, methods, link_id, reference, description, return_url, cancel_url, items,
        allowed_origins, metadata, payment_id, expires_at, created_at, updated_at,
        capture_method)
    SELECT uuidv7(at - now()), %(measured)s, 'complete', p.amount, currency, country, 'en', '[]',
           link.id, '', '', '', '', '[]', '[]', '{}', p.id, at + interval '1 day', at, at,
           'automatic'
    FROM bench_plan AS p JOIN bench_link AS link ON link.n = 1 + p.n %% 2000
    WHERE measured AND status = 'captured' AND p.n %% 20 < 2;
    INSERT INTO exports_export (id, merchant_id, kind, filters, format, language, time_zone, status,
        fault, tries, next_at, rows_done, bytes, created_at, finished_at)
    SELECT uuidv7(n * interval '-3 hours'), %(measured)s,
           (ARRAY['payments', 'refunds', 'customers'])[1 + n %% 3], '{}', 'csv', 'en', 'UTC',
           'expired', '', 1, now(), 5000, 900000, now() - n * interval '3 hours',
           now() - n * interval '3 hours'
    FROM generate_series(1, 3000) AS n;
    INSERT INTO notices_notice (id, merchant_id, person_id, once, kind, subject, facts, read_at,
                                created_at)
    SELECT uuidv7(n * interval '-10 minutes'), %(measured)s, user_id, 'bench-' || n,
           'balance.negative', '-', '{"currency": "EUR", "amount": -5}',
           CASE WHEN n > 300 THEN now() END, now() - n * interval '10 minutes'
    FROM generate_series(1, 10000) AS n, merchants_membership AS member
    JOIN merchants_merchant AS merchant ON merchant.business_id = member.business_id
    WHERE merchant.id = %(measured)s;
"""
STEPS = {
    "plan": PLAN,
    "customers": CUSTOMERS,
    "payments": PAYMENTS,
    "attempts, captures, refunds": ATTEMPTS,
    "ledger": LEDGER,
    "events, deliveries": EVENTS,
    "API requests, links, exports, notices": PROGRAMS,
}
# Filled without their indexes, which come back afterwards; partitions keep theirs.
TABLES = ("payments_payment", "payments_handle", "payments_attempt", "payments_capture",
          "payments_refund", "ledger_transfer", "payments_customer",
          "webhooks_delivery")  # fmt: skip
CLEAN = ("bench_link", "bench_event", "bench_transfer", "bench_customer", "bench_store",
         "bench_account", "bench_plan", "bench_merchant")  # fmt: skip
