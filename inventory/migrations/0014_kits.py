"""SKUs that are kits of others, and what the database refuses of them."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import oms.tenancy.context
import oms.tenancy.models.base
from oms.tenancy.walls import Isolate, IsolateField

# A level is looked at once per statement, a kind when it changes. Whoever changes a kind holds the SKU's row against new keys to it.
CHECKS = """
CREATE FUNCTION inventory_check_levels_of_kits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM made m JOIN inventory_sku s ON s.tenant_id = m.tenant_id AND s.id = m.sku_id WHERE s.kind = 'VIRTUAL') THEN
        RAISE EXCEPTION 'a virtual kit has no levels' USING ERRCODE = 'check_violation', CONSTRAINT = 'stocklevel_virtual';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stocklevel_virtual AFTER INSERT ON inventory_stocklevel REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_check_levels_of_kits();

CREATE FUNCTION inventory_check_component() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM inventory_sku s WHERE s.tenant_id = NEW.tenant_id
               AND (s.id = NEW.kit_id AND s.kind = 'SIMPLE' OR s.id = NEW.component_id AND s.kind = 'VIRTUAL')) THEN
        RAISE EXCEPTION 'a simple SKU has no components, and a virtual kit is none' USING ERRCODE = 'check_violation', CONSTRAINT = 'kitcomponent_kind';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kitcomponent_kind AFTER INSERT OR UPDATE ON inventory_kitcomponent
    FOR EACH ROW EXECUTE FUNCTION inventory_check_component();

CREATE FUNCTION inventory_check_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'VIRTUAL' AND (
           EXISTS (SELECT 1 FROM inventory_stocklevel l WHERE l.tenant_id = NEW.tenant_id AND l.sku_id = NEW.id)
           OR EXISTS (SELECT 1 FROM inventory_kitcomponent c WHERE c.tenant_id = NEW.tenant_id AND c.component_id = NEW.id))
       OR NEW.kind = 'SIMPLE' AND EXISTS (SELECT 1 FROM inventory_kitcomponent c WHERE c.tenant_id = NEW.tenant_id AND c.kit_id = NEW.id) THEN
        RAISE EXCEPTION 'the SKU cannot become %', NEW.kind USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_kind';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sku_kind AFTER UPDATE OF kind ON inventory_sku
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind) EXECUTE FUNCTION inventory_check_kind();
"""
NO_CHECKS = """
DROP TRIGGER sku_kind ON inventory_sku; DROP FUNCTION inventory_check_kind();
DROP TRIGGER kitcomponent_kind ON inventory_kitcomponent; DROP FUNCTION inventory_check_component();
DROP TRIGGER stocklevel_virtual ON inventory_stocklevel; DROP FUNCTION inventory_check_levels_of_kits();
"""
KINDS = [("SIMPLE", "Simple"), ("VIRTUAL", "Virtual kit"), ("PREPACKED", "Prepacked kit")]
SKU = {"db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.DO_NOTHING, "related_name": "+"}


class Migration(migrations.Migration):
    dependencies = [("inventory", "0013_buffer_rules"), ("tenancy", "0002_walls")]
    operations = [
        migrations.AddField(
            "sku", "kind", models.CharField(choices=KINDS, db_default="SIMPLE", default="SIMPLE", max_length=10)
        ),
        migrations.CreateModel(
            "KitComponent",
            fields=[
                ("id", models.UUIDField(default=oms.tenancy.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ("quantity", models.PositiveIntegerField()),
                ("kit", oms.tenancy.models.base.TenantForeignKey(to="inventory.sku", **{**SKU, "related_name": "components"})),
                ("component", oms.tenancy.models.base.TenantForeignKey(to="inventory.sku", **SKU)),
                ("tenant", models.ForeignKey(default=oms.tenancy.context.current_tenant_id, editable=False, to="tenancy.tenant", **SKU)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant", "kit", "component"], name="kitcomponent_component"),
                    models.CheckConstraint(condition=Q(quantity__gt=0), name="kitcomponent_quantity"),
                    models.CheckConstraint(condition=~Q(kit=F("component")), name="kitcomponent_itself"),
                ]
            },
        ),
        Isolate("KitComponent"),
        migrations.RunSQL(CHECKS, NO_CHECKS),
        migrations.AddField("reservation", "kit", oms.tenancy.models.base.TenantForeignKey(null=True, to="inventory.sku", **SKU)),
        migrations.AddField("reservation", "per_kit", models.PositiveIntegerField(null=True)),
        migrations.AddIndex(
            "reservation",
            models.Index(condition=Q(kit__isnull=False), fields=["tenant", "kit"], name="reservation_kit_sku"),
        ),
        migrations.AddConstraint(
            "reservation",
            models.CheckConstraint(
                condition=Q(kit=None, per_kit=None) | Q(kit__isnull=False, per_kit__gt=0), name="reservation_kit"
            ),
        ),
        IsolateField("Reservation", "kit"),
        migrations.AlterField(
            "stockmovement",
            "reason",
            models.CharField(choices=[('OPENING', 'Opening stock'), ('RECEIPT', 'Receipt'), ('COUNT', 'Count'), ('SYNC', 'Stock feed'), ('ADJUSTMENT', 'Adjustment'), ('RESERVATION', 'Reservation'), ('RELEASE', 'Release'), ('DISPATCH', 'Dispatch'), ('NOT_FOUND', 'Not found'), ('MISMATCH', 'Mismatch'), ('DAMAGE', 'Damage'), ('DISPLAY', 'Display unit'), ('RETURN', 'Return'), ('SHRINKAGE', 'Shrinkage'), ('STORE_SALE', 'Store sale'), ('TRANSFER', 'Transfer'), ('ASSEMBLY', 'Kit assembled'), ('DISASSEMBLY', 'Kit taken apart'), ('POOL', 'Ring-fence'), ('FOUND', 'Found'), ('BUFFER', 'Buffer set')], max_length=20),
        ),
    ]
