-- What a payment is found by: written with it, and again only when the shopper or the card changes.
CREATE OR REPLACE FUNCTION payments_handle_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_handle (merchant_id, id, tail, amount, email, last4) VALUES (
        NEW.merchant_id, NEW.id, right(NEW.id::text, 6), NEW.amount,
        left(lower(nullif(NEW.shopper #>> '{customer,email}', '')), 254),
        left(NEW.method_details #>> '{card,last4}', 4))
    ON CONFLICT (merchant_id, id) DO UPDATE SET email = excluded.email, last4 = excluded.last4;
    RETURN NULL;
END $$;

CREATE TRIGGER payments_handle_new AFTER INSERT ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_handle_write();
CREATE TRIGGER payments_handle_changed AFTER UPDATE OF shopper, method_details ON payments_payment
    FOR EACH ROW
    WHEN (OLD.shopper IS DISTINCT FROM NEW.shopper
          OR OLD.method_details IS DISTINCT FROM NEW.method_details)
    EXECUTE FUNCTION payments_handle_write();

INSERT INTO payments_handle (merchant_id, id, tail, amount, email, last4)
SELECT merchant_id, id, right(id::text, 6), amount,
       left(lower(nullif(shopper #>> '{customer,email}', '')), 254),
       left(method_details #>> '{card,last4}', 4)
FROM payments_payment;
