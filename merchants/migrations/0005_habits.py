from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0004_receipts"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="habits",
            field=models.JSONField(default=dict, editable=False),
        ),
    ]
