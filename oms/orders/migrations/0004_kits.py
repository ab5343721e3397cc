"""Virtual kits as they were sold, and the order lines that are parts of them."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import oms.tenancy.context
import oms.tenancy.models.base
from oms.tenancy.walls import Isolate, IsolateField

KEY = {"db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.DO_NOTHING}


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_check_changed_quantities"), ("inventory", "0014_kits")]
    operations = [
        migrations.CreateModel(
            "KitLine",
            fields=[
                ("id", models.UUIDField(default=oms.tenancy.models.base.new_id, editable=False, primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("external_id", models.CharField(blank=True, max_length=120)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("quantity", models.PositiveIntegerField()),
                ("unit_price", models.DecimalField(decimal_places=4, max_digits=14)),
                ("discount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("tax", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("order", oms.tenancy.models.base.TenantForeignKey(to="orders.order", related_name="kits", **KEY)),
                ("sku", oms.tenancy.models.base.TenantForeignKey(to="inventory.sku", related_name="+", **KEY)),
                ("tenant", models.ForeignKey(default=oms.tenancy.context.current_tenant_id, editable=False, to="tenancy.tenant", related_name="+", **KEY)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant", "order", "position"], name="kitline_position"),
                    models.CheckConstraint(condition=Q(quantity__gt=0), name="kitline_quantity"),
                ]
            },
        ),
        Isolate("KitLine"),
        migrations.AddField("orderline", "kit", oms.tenancy.models.base.TenantForeignKey(null=True, to="orders.kitline", related_name="parts", **KEY)),
        migrations.AddField("orderline", "per_kit", models.PositiveIntegerField(null=True)),
        migrations.AddIndex(
            "orderline", models.Index(condition=Q(kit__isnull=False), fields=["tenant", "kit"], name="orderline_parts")
        ),
        migrations.AddConstraint(
            "orderline",
            models.CheckConstraint(
                condition=Q(kit=None, per_kit=None) | Q(kit__isnull=False, per_kit__gt=0), name="orderline_kit"
            ),
        ),
        IsolateField("OrderLine", "kit"),
    ]
