"""The walls, and the guard that a line's unit groups always sum to its quantity."""

from django.conf import settings
from django.db import migrations

from oms.tenancy.walls import Isolate

# Deferred to the commit, when no tenant may be set any more: it runs as the role that sees every row, with the tenant in its query.
GUARD = f"""
CREATE FUNCTION orders_check_units() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer;
    there integer;
    checked_line uuid := coalesce(NEW.line_id, OLD.line_id);
    checked_tenant uuid := coalesce(NEW.tenant_id, OLD.tenant_id);
BEGIN
    SELECT quantity INTO wanted FROM orders_orderline WHERE tenant_id = checked_tenant AND id = checked_line;
    SELECT coalesce(sum(quantity), 0) INTO there FROM orders_unitgroup WHERE tenant_id = checked_tenant AND line_id = checked_line;
    IF wanted IS DISTINCT FROM there THEN
        RAISE EXCEPTION 'unit groups of line % sum to %, not %', checked_line, there, wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unitgroup_sum';
    END IF;
    RETURN NULL;
END $$;
ALTER FUNCTION orders_check_units() OWNER TO {settings.ROLE_PLATFORM};
CREATE CONSTRAINT TRIGGER unitgroup_sum AFTER INSERT OR DELETE OR UPDATE OF quantity, line_id ON orders_unitgroup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orders_check_units();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("tenancy", "0002_walls"), ("inventory", "0002_walls")]
    operations = [
        Isolate("SalesChannel"),
        Isolate("Order"),
        Isolate("OrderPayload"),
        Isolate("OrderLine"),
        Isolate("UnitGroup"),
        Isolate("Hold"),
        migrations.RunSQL(GUARD, "DROP TRIGGER unitgroup_sum ON orders_unitgroup; DROP FUNCTION orders_check_units()"),
    ]
