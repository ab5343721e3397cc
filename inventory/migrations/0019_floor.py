"""The one door through which movements leave the ledger: below a sealed floor, level by level, where its balance says the same."""

import django.db.models.deletion
import oms.tenancy.context
import oms.tenancy.models.base
from django.conf import settings
from django.db import migrations, models

from oms.tenancy.walls import Isolate

BUCKETS = ("on_hand", "reserved", "quarantined", "damaged", "in_transit", "buffer")
SUMS = ", ".join(f"coalesce(sum(m.quantity) FILTER (WHERE m.bucket = '{name.upper()}'), 0) AS {name}" for name in BUCKETS)
SAME = " AND ".join(f"b.{name} = coalesce(p.{name}, 0) + m.{name}" for name in BUCKETS)
# The tenant is the one that is set, the floor the one that is sealed; the caller says only which levels come next.
DOOR = f"""
CREATE FUNCTION inventory_prune_levels(which uuid[], OUT pruned bigint, OUT differing uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    mine uuid := NULLIF(current_setting('app.tenant', true), '')::uuid;
    sealed timestamptz := (SELECT max(at) FROM inventory_stockperiod WHERE tenant_id = mine AND floor AND built_at IS NOT NULL);
BEGIN
    IF sealed IS NULL THEN
        RAISE EXCEPTION 'no floor is sealed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH below AS MATERIALIZED (
        SELECT b.level_id, b.version, ({SAME} AND b.version = coalesce(p.version, 0) + m.rows AND m.last <= sealed) IS TRUE AS same
        FROM unnest(which) w(id)
        CROSS JOIN LATERAL (SELECT * FROM inventory_stockbalance b WHERE b.tenant_id = mine AND b.level_id = w.id AND b.at <= sealed
                            ORDER BY b.at DESC LIMIT 1) b
        CROSS JOIN LATERAL (SELECT count(*) AS rows, min(m.version) AS first, max(m.recorded_at) AS last, {SUMS}
                            FROM inventory_stockmovement m
                            WHERE m.tenant_id = mine AND m.level_id = w.id AND m.version <= b.version) m
        LEFT JOIN LATERAL (SELECT * FROM inventory_stockbalance p WHERE p.tenant_id = mine AND p.level_id = w.id AND p.version < m.first
                           ORDER BY p.at DESC LIMIT 1) p ON true
        WHERE m.rows > 0
    ), gone AS (
        DELETE FROM inventory_stockmovement m USING below
        WHERE below.same AND m.tenant_id = mine AND m.level_id = below.level_id AND m.version <= below.version
        RETURNING m.key
    ), spent AS (
        INSERT INTO inventory_spentkey (tenant_id, id) SELECT mine, md5(key)::uuid FROM gone WHERE key <> '' ON CONFLICT DO NOTHING
    )
    SELECT (SELECT count(*) FROM gone), coalesce((SELECT array_agg(level_id) FROM below WHERE NOT same), '{{}}') INTO pruned, differing;
END $$;
REVOKE ALL ON FUNCTION inventory_prune_levels(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION inventory_prune_levels(uuid[]) TO {settings.ROLE_PLATFORM};
REVOKE UPDATE, DELETE, TRUNCATE ON inventory_stockmovement FROM {settings.ROLE_PLATFORM};
REVOKE INSERT, UPDATE, DELETE ON inventory_spentkey FROM {settings.ROLE_APP}, {settings.ROLE_PLATFORM};
"""
NO_DOOR = f"""
GRANT UPDATE, DELETE ON inventory_stockmovement TO {settings.ROLE_PLATFORM};
DROP FUNCTION inventory_prune_levels(uuid[]);
"""
# What stands in for movements that are gone is never changed, and a floor is never lowered.
KEPT = """
CREATE FUNCTION inventory_keep_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM inventory_stockperiod f WHERE f.tenant_id = OLD.tenant_id AND f.floor AND f.at >= OLD.at) THEN
        RAISE EXCEPTION 'balances below the floor of the ledger are kept as they are' USING ERRCODE = 'check_violation', CONSTRAINT = 'stockperiod_floor';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER stockbalance_floor BEFORE UPDATE OR DELETE ON inventory_stockbalance FOR EACH ROW EXECUTE FUNCTION inventory_keep_floor();
CREATE TRIGGER stockperiod_floor BEFORE UPDATE OR DELETE ON inventory_stockperiod FOR EACH ROW WHEN (OLD.floor) EXECUTE FUNCTION inventory_keep_floor();
"""
NOT_KEPT = """
DROP TRIGGER stockperiod_floor ON inventory_stockperiod; DROP TRIGGER stockbalance_floor ON inventory_stockbalance;
DROP FUNCTION inventory_keep_floor();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0018_transfer_short"), ("tenancy", "0002_walls")]
    operations = [
        migrations.CreateModel(
            "SpentKey",
            fields=[
                ("id", models.UUIDField(default=oms.tenancy.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ("tenant", models.ForeignKey(db_constraint=False, db_index=False, default=oms.tenancy.context.current_tenant_id, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="tenancy.tenant")),
            ],
        ),
        Isolate("SpentKey", append_only=True),
        migrations.RunSQL(DOOR, NO_DOOR),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
