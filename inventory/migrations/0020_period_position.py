from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0019_floor")]
    operations = [migrations.AddField("stockperiod", "position", models.UUIDField(null=True))]
