"""The transition tables. Code moves a row only along them, and triggers in the database refuse
anything else; the docs draw them from here.

Read them as: from this state, to any of these. Good news that comes late is let in everywhere (an
attempt that was declined may turn out captured: the money is real, and what happens with it is
decided in `attempts.hear`); bad news never leads away from money that was taken.
"""

from __future__ import annotations

Table = dict[str, frozenset[str]]


def _table(**rows: str) -> Table:
    return {state: frozenset(targets.split()) for state, targets in rows.items()}


PAYMENT = _table(
    created="requires_action pending authorized captured declined canceled expired",
    requires_action="pending authorized captured declined canceled expired",
    pending="requires_action authorized captured declined canceled expired",
    authorized="captured canceled expired",
    captured="",
    declined="",
    canceled="",
    expired="authorized captured",
)

ATTEMPT = _table(
    new="sent voided",
    sent="action pending authorized captured declined refused unknown voided expired",
    action="pending authorized captured declined unknown voided expired",
    pending="action authorized captured declined unknown voided expired",
    unknown="action pending authorized captured declined refused voided expired",
    authorized="captured voided expired",
    captured="",
    declined="authorized captured",
    refused="authorized captured",
    voided="authorized captured",
    expired="authorized captured",
)

# Captures, voids and refunds. A provider may take a refund back (the shopper's bank returned it).
OPERATION = _table(pending="succeeded failed", succeeded="", failed="succeeded")
REFUND = OPERATION | {"succeeded": frozenset({"failed"})}

TABLES: dict[str, Table] = {
    "payments_payment": PAYMENT,
    "payments_attempt": ATTEMPT,
    "payments_capture": OPERATION,
    "payments_void": OPERATION,
    "payments_refund": REFUND,
}

OPEN_ATTEMPT = frozenset(["new", "sent", "action", "pending", "unknown"])
UNDECIDED_PAYMENT = frozenset(["created", "requires_action", "pending"])
MONEY = frozenset({"authorized", "captured"})
FINAL_PAYMENT = frozenset(["captured", "declined", "canceled", "expired"])


class ImpossibleMoveError(Exception):
    """A move the tables do not have: our bug, never the world's."""


def may(table: Table, state: str, target: str) -> bool:
    """Whether the table leads from `state` to `target`."""
    return target in table[state]


def check(table: Table, state: str, target: str) -> None:
    """Raise ImpossibleMoveError unless the table leads there."""
    if target not in table[state]:
        raise ImpossibleMoveError(f"{state} does not lead to {target}")


def trigger_sql(table_name: str) -> str:
    """The trigger that makes the database refuse moves the table does not have."""
    pairs = sorted(
        f"{state}>{target}" for state, targets in TABLES[table_name].items() for target in targets
    )
    states = ", ".join(f"'{state}'" for state in TABLES[table_name])
    allowed = ", ".join(f"'{pair}'" for pair in pairs)
    return f"""
        CREATE OR REPLACE FUNCTION {table_name}_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT ((OLD.status || '>' || NEW.status) = ANY (ARRAY[{allowed}])) THEN
                RAISE EXCEPTION '% % may not move from % to %',
                    TG_TABLE_NAME, NEW.id, OLD.status, NEW.status USING ERRCODE = '23514';
            END IF;
            RETURN NEW;
        END $$;
        DROP TRIGGER IF EXISTS {table_name}_move ON {table_name};
        CREATE TRIGGER {table_name}_move BEFORE UPDATE OF status ON {table_name}
            FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
            EXECUTE FUNCTION {table_name}_move();
        ALTER TABLE {table_name} DROP CONSTRAINT IF EXISTS {table_name}_status_known;
        ALTER TABLE {table_name} ADD CONSTRAINT {table_name}_status_known
            CHECK (status IN ({states}));
    """


def mermaid(table: Table) -> str:
    """The table as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2"]
    for state, targets in table.items():
        lines += [f"    {state} --> {target}" for target in sorted(targets)]
    return "\n".join(lines)
