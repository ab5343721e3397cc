from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A line of a requested transfer may lose all its units before they leave."""

    dependencies = [("inventory", "0017_confidence")]

    operations = [
        migrations.RemoveConstraint(model_name="transferline", name="transferline_quantity"),
        migrations.AlterField(
            model_name="transferentry",
            name="fate",
            field=models.CharField(
                choices=[
                    ("RECEIVED", "Received"),
                    ("DAMAGED", "Received damaged"),
                    ("LOST", "Lost"),
                    ("RETURNED", "Found at the source"),
                    ("EXTRA_TAKEN", "Extra units taken off the source"),
                    ("EXTRA_KEPT", "Extra units kept"),
                    ("SHORT", "Given up: no longer at the source"),
                ],
                max_length=12,
            ),
        ),
    ]
