from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sandbox", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="copy_of",
            field=models.BigIntegerField(help_text="the webhook this is the same as", null=True),
        ),
    ]
