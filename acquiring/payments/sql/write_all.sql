-- Several writes in one statement and one commit, for threads that write at the same moment; the
-- results are in the order of the documents. One that fails fails all: the caller then writes each
-- alone (`core/grouping.py`).
CREATE OR REPLACE FUNCTION payments_write_all(docs jsonb) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    doc jsonb;
    results json[] := '{}';
BEGIN
    FOR doc IN SELECT * FROM jsonb_array_elements(docs) LOOP
        results := results || payments_write(doc);
    END LOOP;
    RETURN array_to_json(results);
END $$;
