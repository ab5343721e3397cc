from django.db import migrations

from oms.tenancy.walls import Isolate

# No indexed column of a level changes when stock is reserved: room on the page keeps those updates off the indexes.
HOT = "ALTER TABLE inventory_stocklevel SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500)"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [
        Isolate("Sku"),
        Isolate("Location"),
        Isolate("StockLevel"),
        Isolate("StockMovement", append_only=True),
        Isolate("Reservation"),
        Isolate("StockView"),
        migrations.RunSQL(HOT, migrations.RunSQL.noop),
    ]
