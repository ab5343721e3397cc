from __future__ import annotations

from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf


class Migration(migrations.Migration):
    dependencies = [("inventory", "0015_supply")]

    operations = [
        migrations.AddIndex(
            model_name="sku",
            index=models.Index(F("tenant"), Coalesce(NullIf(F("product"), Value("")), F("code")), F("id"), name="sku_family"),
        )
    ]
