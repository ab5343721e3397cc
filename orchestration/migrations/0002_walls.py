from django.db import migrations

from oms.tenancy.walls import Isolate


class Migration(migrations.Migration):
    dependencies = [
        ("orchestration", "0001_initial"),
        ("tenancy", "0002_walls"),
        ("inventory", "0002_walls"),
        ("orders", "0002_walls"),
    ]
    operations = [Isolate("RulesetVersion"), Isolate("RoutingDecision", append_only=True), Isolate("Exclusion")]
