-- The one write of the payments room: everything a change does, in one statement and one commit.
--
-- doc: claim?, session?, answer?, payment, attempts?, captures?, voids?, refunds?, transfers?, events?, wire?
-- Returns {} when done, {"prior": …} when the idempotency key was claimed before (nothing written),
-- {"stale": true} when the payment moved on since it was read (nothing written), {"busy": true} when
-- the payment's first attempt would be the second one under way for its checkout session (likewise).
-- Every change bumps the payment's version, so that one comparison guards the whole book.
CREATE OR REPLACE FUNCTION payments_write(doc jsonb) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    p payments_payment := jsonb_populate_record(NULL::payments_payment, doc -> 'payment');
    k core_idempotencykey;
BEGIN
    IF doc ? 'claim' THEN
        k := jsonb_populate_record(NULL::core_idempotencykey, doc -> 'claim');
        INSERT INTO core_idempotencykey SELECT k.* ON CONFLICT (merchant_id, id) DO NOTHING;
        IF NOT FOUND THEN
            RETURN (SELECT json_build_object('prior', row_to_json(i)) FROM core_idempotencykey i
                    WHERE i.merchant_id = k.merchant_id AND i.id = k.id);
        END IF;
    END IF;

    -- One try at a time for a checkout session. Nobody waits for the lock: who finds it taken comes
    -- second, and two groups of writes can never wait for each other.
    IF doc ? 'session' THEN
        PERFORM 1 FROM payments_checkoutsession s
        WHERE s.merchant_id = p.merchant_id AND s.id = p.session_id AND s.status = 'open'
        FOR UPDATE SKIP LOCKED;
        IF NOT FOUND OR EXISTS (
            SELECT 1 FROM payments_payment o
            WHERE o.merchant_id = p.merchant_id AND o.session_id = p.session_id AND o.id <> p.id
            AND (o.status IN ('requires_action', 'pending', 'authorized', 'captured')
                 OR o.status = 'created' AND EXISTS (
                    SELECT 1 FROM payments_attempt a
                    WHERE a.merchant_id = o.merchant_id AND a.payment_id = o.id))
        ) THEN
            IF doc ? 'claim' THEN
                DELETE FROM core_idempotencykey i
                WHERE i.merchant_id = k.merchant_id AND i.id = k.id;
            END IF;
            RETURN '{"busy": true}';
        END IF;
    END IF;

    IF p.version = 1 THEN
        INSERT INTO payments_payment SELECT p.*;
    ELSE
        UPDATE payments_payment t SET
            version = p.version,
            status = p.status, amount_authorized = p.amount_authorized,
            amount_captured = p.amount_captured, amount_refunded = p.amount_refunded,
            amount_disputed = p.amount_disputed, method = p.method,
            method_details = p.method_details, token_id = p.token_id,
            customer_id = p.customer_id, session_id = p.session_id, initiator = p.initiator,
            return_url = p.return_url, country = p.country, locale = p.locale,
            shopper = p.shopper, next_action = p.next_action, decline_code = p.decline_code,
            decision = p.decision, attention = p.attention, expires_at = p.expires_at,
            updated_at = p.updated_at
        WHERE t.merchant_id = p.merchant_id AND t.id = p.id AND t.version = p.version - 1;
        IF NOT FOUND THEN
            IF doc ? 'claim' THEN
                DELETE FROM core_idempotencykey i
                WHERE i.merchant_id = k.merchant_id AND i.id = k.id;
            END IF;
            RETURN '{"stale": true}';
        END IF;
    END IF;

    IF doc ? 'attempts' THEN
        INSERT INTO payments_attempt
        SELECT * FROM jsonb_populate_recordset(NULL::payments_attempt, doc -> 'attempts')
        ON CONFLICT (merchant_id, id) DO UPDATE SET
            status = excluded.status, amount_authorized = excluded.amount_authorized,
            provider_ref = excluded.provider_ref, decline_code = excluded.decline_code,
            raw_code = excluded.raw_code, raw_message = excluded.raw_message,
            facts = excluded.facts, kept = excluded.kept, surplus = excluded.surplus,
            sent_at = excluded.sent_at, finished_at = excluded.finished_at,
            milliseconds = excluded.milliseconds, inquiries = excluded.inquiries,
            next_inquiry_at = excluded.next_inquiry_at, updated_at = excluded.updated_at;
    END IF;

    IF doc ? 'captures' THEN
        INSERT INTO payments_capture
        SELECT * FROM jsonb_populate_recordset(NULL::payments_capture, doc -> 'captures')
        ON CONFLICT (merchant_id, id) DO UPDATE SET
            status = excluded.status, amount = excluded.amount,
            operation_ref = excluded.operation_ref, decline_code = excluded.decline_code,
            raw_code = excluded.raw_code, raw_message = excluded.raw_message,
            unknown = excluded.unknown, sent_at = excluded.sent_at,
            inquiries = excluded.inquiries, next_inquiry_at = excluded.next_inquiry_at,
            finished_at = excluded.finished_at, updated_at = excluded.updated_at,
            final = excluded.final, fee = excluded.fee, available_at = excluded.available_at,
            released_at = excluded.released_at;
    END IF;

    IF doc ? 'voids' THEN
        INSERT INTO payments_void
        SELECT * FROM jsonb_populate_recordset(NULL::payments_void, doc -> 'voids')
        ON CONFLICT (merchant_id, id) DO UPDATE SET
            status = excluded.status, amount = excluded.amount,
            operation_ref = excluded.operation_ref, decline_code = excluded.decline_code,
            raw_code = excluded.raw_code, raw_message = excluded.raw_message,
            unknown = excluded.unknown, sent_at = excluded.sent_at,
            inquiries = excluded.inquiries, next_inquiry_at = excluded.next_inquiry_at,
            finished_at = excluded.finished_at, updated_at = excluded.updated_at;
    END IF;

    IF doc ? 'refunds' THEN
        INSERT INTO payments_refund
        SELECT * FROM jsonb_populate_recordset(NULL::payments_refund, doc -> 'refunds')
        ON CONFLICT (merchant_id, id) DO UPDATE SET
            status = excluded.status, amount = excluded.amount,
            operation_ref = excluded.operation_ref, decline_code = excluded.decline_code,
            raw_code = excluded.raw_code, raw_message = excluded.raw_message,
            unknown = excluded.unknown, sent_at = excluded.sent_at,
            inquiries = excluded.inquiries, next_inquiry_at = excluded.next_inquiry_at,
            finished_at = excluded.finished_at, updated_at = excluded.updated_at,
            returned = excluded.returned;
    END IF;

    IF doc ? 'transfers' THEN
        INSERT INTO ledger_transfer
        SELECT * FROM jsonb_populate_recordset(NULL::ledger_transfer, doc -> 'transfers');
    END IF;

    IF doc ? 'events' THEN
        INSERT INTO core_event
        SELECT * FROM jsonb_populate_recordset(NULL::core_event, doc -> 'events');
    END IF;

    IF doc ? 'wire' THEN
        INSERT INTO payments_wirelog
        SELECT * FROM jsonb_populate_recordset(NULL::payments_wirelog, doc -> 'wire');
    END IF;

    IF doc ? 'answer' THEN
        UPDATE core_idempotencykey i
        SET status = (doc -> 'answer' ->> 'status')::smallint, answer = doc -> 'answer' ->> 'body'
        WHERE i.merchant_id = p.merchant_id AND i.id = (doc -> 'answer' ->> 'id')::uuid;
    END IF;
    RETURN '{}';
END $$;

-- A payment with everything that ever happened to it, as one JSON document; NULL when there is none.
CREATE OR REPLACE FUNCTION payments_read(m uuid, p uuid) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'payment', row_to_json(t),
        'attempts', (SELECT coalesce(json_agg(r ORDER BY r.ordinal), '[]') FROM payments_attempt r
                     WHERE r.merchant_id = m AND r.payment_id = p),
        'captures', (SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM payments_capture r
                     WHERE r.merchant_id = m AND r.payment_id = p),
        'voids', (SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM payments_void r
                  WHERE r.merchant_id = m AND r.payment_id = p),
        'refunds', (SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM payments_refund r
                    WHERE r.merchant_id = m AND r.payment_id = p))
    FROM payments_payment t WHERE t.merchant_id = m AND t.id = p
$$;
