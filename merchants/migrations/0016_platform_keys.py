from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0015_organisation_invitations"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="platform_id",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
