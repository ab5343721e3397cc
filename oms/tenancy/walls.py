"""Migration operations that put the tenant walls into the database.

`Isolate("StockLevel")` after a CreateModel makes the primary key (tenant_id, id), every TenantForeignKey a composite
foreign key with its index, and row-level security the law for every role but the one that bypasses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.migrations.operations.base import Operation

from oms.tenancy.models.base import TenantForeignKey

if TYPE_CHECKING:
    from django.db import models
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def create_role(role: str, bypass: str) -> str:
    """SQL that makes a role unless there is one. Roles belong to the cluster: another database may be making it meanwhile."""
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
        f"CREATE ROLE {role} NOLOGIN NOSUPERUSER {bypass}; END IF; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )


class CreateRoles(Operation):
    """Create the runtime roles where they are missing and grant them the tables to come."""

    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, _app_label: str, editor: BaseDatabaseSchemaEditor, _before: ProjectState, _after: ProjectState
    ) -> None:
        app, platform = settings.ROLE_APP, settings.ROLE_PLATFORM
        for role, bypass in ((app, "NOBYPASSRLS"), (platform, "BYPASSRLS")):
            editor.execute(create_role(role, bypass))
            editor.execute(f"GRANT {role} TO CURRENT_USER")
            editor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
            editor.execute(
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
            )
            editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}")
            editor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
            editor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")

    def database_backwards(self, *_args: Any) -> None:
        """Roles belong to the cluster, other databases may use them."""

    def describe(self) -> str:
        return "Create the runtime roles"


class Isolate(Operation):
    """Raise the walls around one tenant-owned table; `append_only` also takes UPDATE and DELETE from the runtime role."""

    reversible = True

    def __init__(self, model_name: str, *, append_only: bool = False) -> None:
        self.model_name = model_name
        self.append_only = append_only

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.model_name], {"append_only": True} if self.append_only else {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, _before: ProjectState, after: ProjectState
    ) -> None:
        model = after.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD PRIMARY KEY (tenant_id, id)')
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                _compose_key(editor, model, field)
        editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        editor.execute(
            f'CREATE POLICY tenant ON "{table}" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})'
        )
        # A tenant that the statistics do not know is planned for as if it had one row, and its first thousands are then
        # joined row by row: a table is analysed after few changes, however large it is.
        editor.execute(
            f'ALTER TABLE "{table}" SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02)'
        )
        if self.append_only:
            editor.execute(f'REVOKE UPDATE, DELETE ON "{table}" FROM {settings.ROLE_APP}')

    def database_backwards(self, *_args: Any) -> None:
        """The table goes with the CreateModel that this follows."""

    def describe(self) -> str:
        return f"Raise the tenant walls around {self.model_name}"


class IsolateField(Operation):
    """Give a TenantForeignKey that was added later its composite key and index."""

    reversible = True

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.model_name, self.field_name], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, _before: ProjectState, after: ProjectState
    ) -> None:
        model = after.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.field_name)
        if not isinstance(field, TenantForeignKey):
            raise TypeError(f"{self.model_name}.{self.field_name} is not a TenantForeignKey")
        _compose_key(editor, model, field)

    def database_backwards(self, *_args: Any) -> None:
        """Constraint and index go with the column."""

    def describe(self) -> str:
        return f"Compose the key of {self.model_name}.{self.field_name}"


def _compose_key(editor: BaseDatabaseSchemaEditor, model: type[models.Model], field: TenantForeignKey) -> None:
    table, column = model._meta.db_table, field.column
    target = field.remote_field.model._meta.db_table
    editor.execute(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_fk" FOREIGN KEY (tenant_id, "{column}") REFERENCES "{target}" (tenant_id, id)'
    )
    if not _has_index(model, field.name):
        editor.execute(f'CREATE INDEX "{table}_{column}_ix" ON "{table}" (tenant_id, "{column}")')


def _has_index(model: type[models.Model], name: str) -> bool:
    begins = [list(index.fields[:2]) for index in model._meta.indexes]
    begins += [
        list(getattr(constraint, "fields", ())[:2])
        for constraint in model._meta.constraints
        if getattr(constraint, "fields", ()) and getattr(constraint, "condition", None) is None
    ]
    return ["tenant", name] in begins
