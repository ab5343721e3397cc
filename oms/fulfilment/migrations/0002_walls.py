from django.db import migrations

from oms.tenancy.walls import Isolate


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0001_initial"), ("tenancy", "0002_walls"), ("inventory", "0002_walls"), ("orders", "0002_walls")]
    operations = [Isolate("FulfilmentOrder"), Isolate("FulfilmentLine"), Isolate("Parcel")]
