from django.db import migrations

from oms.tenancy.walls import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0001_initial"),
        ("tenancy", "0002_walls"),
        ("inventory", "0002_walls"),
        ("orders", "0002_walls"),
    ]
    operations = [
        Isolate("Connection"),
        Isolate("ExchangeLog"),
        Isolate("Listing"),
        Isolate("Publication"),
        Isolate("ParkedItem"),
        Isolate("ChannelCommand"),
    ]
