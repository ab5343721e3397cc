from django.db import migrations

from oms.tenancy.walls import Isolate

# The outbox is written and emptied all the time: small pages stay half empty and are swept early.
OUTBOX = (
    "ALTER TABLE events_delivery SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"
)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("tenancy", "0002_walls")]
    operations = [
        Isolate("Event", append_only=True),
        Isolate("StreamPosition"),
        Isolate("Delivery"),
        migrations.RunSQL(OUTBOX, migrations.RunSQL.noop),
    ]
