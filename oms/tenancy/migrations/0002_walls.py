"""The runtime roles, the walls, and the one question that is asked before a tenant is known."""

from django.conf import settings
from django.db import migrations

from oms.tenancy.walls import CreateRoles, Isolate

MEMBERSHIPS = f"""
CREATE FUNCTION baton_memberships(person uuid)
RETURNS TABLE (tenant_id uuid, slug text, name text, role text, mfa_required boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.slug::text, t.name::text, m.role::text, t.mfa_required
    FROM tenancy_membership m JOIN tenancy_tenant t ON t.id = m.tenant_id
    WHERE m.user_id = person AND m.active AND t.active ORDER BY t.name
$$;
ALTER FUNCTION baton_memberships(uuid) OWNER TO {settings.ROLE_PLATFORM};
REVOKE ALL ON FUNCTION baton_memberships(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION baton_memberships(uuid) TO {settings.ROLE_APP};
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        CreateRoles(),
        Isolate("LegalEntity"),
        Isolate("NumberSequence"),
        Isolate("Membership"),
        Isolate("ApiKey"),
        Isolate("AuditEntry", append_only=True),
        Isolate("SavedView"),
        Isolate("IdempotentRequest"),
        migrations.RunSQL(MEMBERSHIPS, "DROP FUNCTION baton_memberships(uuid)"),
    ]
