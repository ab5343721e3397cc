"""The tenant walls in the database itself [I1]: each table has all three, and each holds alone."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from inventory.models import Sku, StockLevel
from inventory.queries import stock_levels
from oms.tenancy.context import current_tenant_id, tenant_scope
from oms.tenancy.errors import NoTenant, OtherTenantOpen
from oms.tenancy.models import TenantForeignKey, TenantModel
from oms.tenancy.walls import create_role
from tests.factories import make_location, make_sku, make_stock
from tests.support import as_owner, is_blocked, planted, until

# The modules that may use the connection that crosses tenants, and why each must.
CROSS_TENANTS = {
    "inventory/services/prune.py": "the only connection that the ledger's door obeys",
    "oms/events/invariants.py": "checks every tenant",
    "oms/events/jobs.py": "one row per job of the whole installation",
    "oms/events/relay.py": "claims what every tenant is owed",
    "oms/events/scheduler.py": "one row per job of the whole installation",
    "oms/tenancy/services/numbers.py": "commits a number on its own, before the transaction that uses it",
    "oms/settings.py": "names it",
}
# Tables without a tenant, and what they hold.
SHARED = {
    "account_emailaddress": "people, who may belong to several tenants",
    "account_emailconfirmation": "people",
    "auth_group": "unused, comes with Django",
    "auth_group_permissions": "unused, comes with Django",
    "auth_permission": "unused, comes with Django",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "django_session": "signed-in browsers",
    "events_job": "when the installation's recurring jobs ran",
    "mfa_authenticator": "people's second factors",
    "tenancy_tenant": "what rows are owned by",
    "tenancy_user": "people",
    "usersessions_usersession": "people's signed-in devices",
}
OWNED = sorted(
    (model for model in apps.get_models() if issubclass(model, TenantModel)), key=lambda model: model._meta.db_table
)


def rows(sql: str, *parameters: object, using: str = "default") -> list[tuple]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.fixture(scope="module")
def catalogue(django_db_setup, django_db_blocker):
    """What the database says of its public tables: the walls are read, not assumed."""
    with django_db_blocker.unblock():
        yield rows
        for alias in ("default", "platform"):
            connections[alias].close()


def tables(ask, *, with_tenant: bool) -> set[str]:
    found = ask(
        "SELECT c.relname, bool_or(a.attname = 'tenant_id') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped "
        "GROUP BY c.relname"
    )
    return {name for name, owned in found if owned is with_tenant}


def test_every_table_is_owned_by_tenants_or_known_to_be_shared(catalogue):
    assert tables(catalogue, with_tenant=False) - set(SHARED) == set()
    assert tables(catalogue, with_tenant=True) == {model._meta.db_table for model in OWNED}


def test_every_owned_table_has_its_row_security_forced(catalogue):
    bare = catalogue(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND relname = ANY(%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
        sorted(tables(catalogue, with_tenant=True)),
    )
    assert bare == []


def test_every_owned_table_has_one_policy_for_reads_and_writes(catalogue):
    policies = catalogue(
        "SELECT tablename, permissive, roles::text[], cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'"
    )
    told = "(tenant_id=(NULLIF(current_setting('app.tenant',true),''))::uuid)"
    by_table = defaultdict(list)
    for table, *how, qual, check in policies:
        by_table[table].append([*how, *(re.sub(r"\s|::text", "", str(text)) for text in (qual, check))])

    policy = ["PERMISSIVE", ["public"], "ALL", told, told]
    assert by_table == {table: [policy] for table in tables(catalogue, with_tenant=True)}


def test_every_key_of_an_owned_table_begins_with_the_tenant(catalogue):
    indexes = catalogue(
        "SELECT c.relname, i.relname, x.indisprimary, array_agg(a.attname::text ORDER BY k.nth) "
        "FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
        "CROSS JOIN LATERAL unnest(x.indkey::int[]) WITH ORDINALITY AS k(attnum, nth) "
        "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum "
        "WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s) GROUP BY 1, 2, 3",
        sorted(tables(catalogue, with_tenant=True)),
    )

    assert [(table, index) for table, index, _primary, columns in indexes if columns[0] != "tenant_id"] == []
    primary = {table: columns for table, _index, is_primary, columns in indexes if is_primary}
    assert set(primary) == tables(catalogue, with_tenant=True)
    assert set(map(tuple, primary.values())) == {("tenant_id", "id")}


def test_every_foreign_key_between_owned_tables_carries_the_tenant(catalogue):
    """Foreign-key checks bypass row security: only the tenant in the key keeps them inside."""
    keys = catalogue(
        "SELECT conrelid::regclass::text, confrelid::regclass::text, "
        "(SELECT array_agg(a.attname::text ORDER BY nth) FROM unnest(conkey) WITH ORDINALITY AS k(num, nth) "
        " JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.num), "
        "(SELECT array_agg(a.attname::text ORDER BY nth) FROM unnest(confkey) WITH ORDINALITY AS k(num, nth) "
        " JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.num) "
        "FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    )
    owned = tables(catalogue, with_tenant=True)
    between = [
        (table, target, here, there) for table, target, here, there in keys if table in owned and target in owned
    ]

    assert [key for key in between if key[2][0] != "tenant_id" or key[3] != ["tenant_id", "id"]] == []
    declared = {
        (model._meta.db_table, field.remote_field.model._meta.db_table, field.column)
        for model in OWNED
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    }
    assert declared == {(table, target, here[1]) for table, target, here, _there in between}


def test_every_reference_to_an_owned_row_is_a_tenant_key():
    plain = [
        str(field)
        for model in OWNED
        for field in model._meta.local_fields
        if field.is_relation
        and issubclass(field.related_model, TenantModel)
        and not isinstance(field, TenantForeignKey)
    ]
    assert plain == []


def test_the_runtime_role_is_powerless(catalogue):
    ((user, superuser, bypass, create_role, create_db),) = catalogue(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    owned = catalogue(
        "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    )
    members = catalogue(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid "
        "WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    )

    assert user == settings.ROLE_APP
    assert (superuser, bypass, create_role, create_db) == (False, False, False, False)
    assert (owned, members) == ([(0,)], [])
    assert catalogue("SELECT has_schema_privilege(current_user, 'public', 'CREATE')") == [(False,)]


def test_the_logs_cannot_be_changed_by_the_runtime_role(catalogue):
    logs = (
        "events_event",
        "inventory_receipt",
        "inventory_stockmovement",
        "inventory_transferentry",
        "tenancy_auditentry",
    )
    for table in logs:
        granted = catalogue(
            "SELECT privilege_type::text FROM information_schema.role_table_grants WHERE table_name = %s AND grantee = %s",
            table,
            settings.ROLE_APP,
        )
        assert {name for (name,) in granted} == {"SELECT", "INSERT"}, table


def test_every_function_that_crosses_tenants_is_known(catalogue):
    found = catalogue(
        "SELECT proname::text, coalesce(proconfig, '{}') FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )

    assert {name for name, _config in found} <= {"baton_memberships", "inventory_prune_levels", "orders_check_units"}
    assert all("search_path=public, pg_temp" in config for _name, config in found)


SKU, LEVEL = "inventory_sku", "inventory_stocklevel"
# What takes a wall away, and the check above that must notice.
DAMAGE = [
    (f"ALTER TABLE {SKU} DISABLE ROW LEVEL SECURITY", test_every_owned_table_has_its_row_security_forced),
    (f"ALTER TABLE {SKU} NO FORCE ROW LEVEL SECURITY", test_every_owned_table_has_its_row_security_forced),
    (f"DROP POLICY tenant ON {SKU}", test_every_owned_table_has_one_policy_for_reads_and_writes),
    (f"ALTER POLICY tenant ON {SKU} USING (true)", test_every_owned_table_has_one_policy_for_reads_and_writes),
    (f"ALTER POLICY tenant ON {SKU} WITH CHECK (true)", test_every_owned_table_has_one_policy_for_reads_and_writes),
    (f"CREATE POLICY more ON {SKU} USING (true)", test_every_owned_table_has_one_policy_for_reads_and_writes),
    (f"CREATE UNIQUE INDEX code ON {SKU} (code)", test_every_key_of_an_owned_table_begins_with_the_tenant),
    (f"ALTER TABLE {SKU} DROP CONSTRAINT {SKU}_pkey CASCADE", test_every_key_of_an_owned_table_begins_with_the_tenant),
    (
        f"ALTER TABLE {LEVEL} DROP CONSTRAINT {LEVEL}_sku_id_fk",
        test_every_foreign_key_between_owned_tables_carries_the_tenant,
    ),
    (
        f"ALTER TABLE {SKU} ADD UNIQUE (id); ALTER TABLE {LEVEL} ADD FOREIGN KEY (sku_id) REFERENCES {SKU} (id)",
        test_every_foreign_key_between_owned_tables_carries_the_tenant,
    ),
    ("CREATE TABLE more (id int)", test_every_table_is_owned_by_tenants_or_known_to_be_shared),
    ("CREATE TABLE more (tenant_id uuid)", test_every_table_is_owned_by_tenants_or_known_to_be_shared),
    (
        f"GRANT UPDATE ON inventory_stockmovement TO {settings.ROLE_APP}",
        test_the_logs_cannot_be_changed_by_the_runtime_role,
    ),
    (f"ALTER ROLE {settings.ROLE_APP} BYPASSRLS", test_the_runtime_role_is_powerless),
    (f"GRANT {settings.ROLE_PLATFORM} TO {settings.ROLE_APP}", test_the_runtime_role_is_powerless),
    (f"GRANT CREATE ON SCHEMA public TO {settings.ROLE_APP}", test_the_runtime_role_is_powerless),
    (f"ALTER TABLE {SKU} OWNER TO {settings.ROLE_APP}", test_the_runtime_role_is_powerless),
    (
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        test_every_function_that_crosses_tenants_is_known,
    ),
    ("ALTER FUNCTION baton_memberships RESET search_path", test_every_function_that_crosses_tenants_is_known),
]


@pytest.mark.parametrize(("damage", "check"), DAMAGE, ids=[damage for damage, _check in DAMAGE])
def test_a_wall_that_is_missing_is_noticed(catalogue, damage, check):
    with planted(damage, read_as=settings.ROLE_APP), pytest.raises(AssertionError):
        check(partial(rows, using="platform"))


def test_two_databases_of_one_cluster_make_the_roles_at_the_same_time(db):
    role = f"baton_test_{uuid4().hex[:12]}"
    make = create_role(role, "NOBYPASSRLS")
    with as_owner() as first, as_owner() as second, ThreadPoolExecutor() as pool:
        first.execute("BEGIN")
        first.execute(make)
        waiting = pool.submit(second.execute, make)
        until(lambda: is_blocked([second.info.backend_pid]))
        first.execute("COMMIT")
        waiting.result(timeout=30)

        assert first.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [role]).fetchone() == (1,)
        first.execute(f"DROP ROLE {role}")


@pytest.fixture
def rival_level(tenants, now) -> StockLevel:
    with tenant_scope(tenants[1].pk):
        return make_stock(make_sku("HAT"), make_location("LILLE"), 5, now=now)


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model._meta.label)
def test_without_a_scope_nothing_is_seen(rival_level, model):
    table = model._meta.db_table
    assert rows(f'SELECT count(*) FROM "{table}"') == [(0,)]
    with pytest.raises(Exception, match="tenant"):
        model.objects.count()
    for forged in ("", str(uuid4())):
        with transaction.atomic():
            rows("SELECT set_config('app.tenant', %s, true)", forged)
            assert rows(f'SELECT count(*) FROM "{table}"') == [(0,)]


def test_a_scope_sees_its_own_rows_also_past_the_orm(tenants, rival_level):
    with tenant_scope(tenants[0].pk):
        make_sku("MUG")
        assert rows("SELECT code FROM inventory_sku") == [("MUG",)]
        assert list(Sku.objects.values_list("code", flat=True)) == ["MUG"]
        assert StockLevel.objects.filter(pk=rival_level.pk).first() is None
    assert rows("SELECT count(*) FROM inventory_sku") == [(0,)]


def test_the_orm_alone_keeps_tenants_apart(tenants, rival_level):
    """Without row security, as a role that bypasses it."""
    rows("SELECT set_config('role', 'none', true)")
    assert rows("SELECT count(*) FROM inventory_stocklevel") == [(1,)]
    with tenant_scope(tenants[0].pk):
        assert StockLevel.objects.count() == 0
        assert StockLevel.objects.filter(pk=rival_level.pk).update(on_hand=0) == 0
        assert stock_levels().filter(pk=rival_level.pk).first() is None


def test_a_row_for_another_tenant_is_refused(tenants):
    with tenant_scope(tenants[0].pk), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Sku.objects.create(tenant_id=tenants[1].pk, code="MUG", name="Mug")


def test_a_row_cannot_be_given_to_another_tenant(tenants):
    with tenant_scope(tenants[0].pk):
        sku = make_sku("MUG")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Sku.objects.filter(pk=sku.pk).update(tenant_id=tenants[1].pk)


def test_a_row_of_another_tenant_cannot_be_changed_or_removed(tenants, rival_level):
    with tenant_scope(tenants[0].pk), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = 0")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM inventory_stocklevel")
        assert cursor.rowcount == 0
    with tenant_scope(tenants[1].pk):
        assert StockLevel.objects.get().on_hand == 5


@pytest.mark.parametrize(
    ("model", "field"),
    [(model, field) for model in OWNED for field in model._meta.local_fields if isinstance(field, TenantForeignKey)],
    ids=str,
)
def test_no_key_leads_to_another_tenants_row(tenants, model, field):
    """The constraint refuses it whatever the roles may see: tried as the role that bypasses row security."""
    target = field.remote_field.model._meta.db_table
    with connections["platform"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass AND conname = %s",
            [model._meta.db_table, f"{model._meta.db_table}_{field.column}_fk"],
        )
        ((definition,),) = cursor.fetchall()
    assert definition == f"FOREIGN KEY (tenant_id, {field.column}) REFERENCES {target}(tenant_id, id)"


def test_a_key_to_another_tenants_row_is_refused(tenants, rival_level):
    with tenant_scope(tenants[0].pk):
        place = make_location("RENNES")
        with pytest.raises(IntegrityError, match="inventory_stocklevel_sku_id_fk"), transaction.atomic():
            StockLevel.objects.create(sku_id=rival_level.sku_id, location=place)


def test_scopes_do_not_nest_across_tenants(tenants):
    with tenant_scope(tenants[0].pk), pytest.raises(OtherTenantOpen), tenant_scope(tenants[1].pk):
        pass


def test_the_scope_ends_with_its_block(tenants):
    with tenant_scope(tenants[0].pk):
        assert current_tenant_id() == tenants[0].pk
    with pytest.raises(NoTenant):
        current_tenant_id()
    assert rows("SELECT current_setting('app.tenant', true)") == [("",)]


def test_only_listed_modules_cross_tenants():
    listed = subprocess.run(
        ["git", "grep", "-lE", r"""["']platform["']""", "--", "*.py", ":!tests", ":!*/migrations/*", ":!bench"],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
    )
    assert set(listed.stdout.split()) == set(CROSS_TENANTS)
