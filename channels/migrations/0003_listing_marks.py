from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_walls")]
    operations = [migrations.AddField("listing", "marks", models.PositiveIntegerField(default=0, db_default=0))]
