import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import acquiring.core.clock
import acquiring.core.ids

# Every business there is becomes the one of its own organisation: named as it, under its id, and
# looked after by those who own it.
EACH_ITS_OWN = """
    INSERT INTO merchants_organisation (id, name, created_at)
    SELECT id, coalesce(nullif(trading_name, ''), legal_name), created_at FROM merchants_business;
    UPDATE merchants_business SET organisation_id = id;
    INSERT INTO merchants_stewardship (id, organisation_id, user_id, role, created_at)
    SELECT id, business_id, user_id, 'owner', created_at FROM merchants_membership
    WHERE role = 'owner';
    SET CONSTRAINTS ALL IMMEDIATE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0013_support"),
    ]

    operations = [
        migrations.CreateModel(
            name="Organisation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=acquiring.core.ids.new,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Stewardship",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=acquiring.core.ids.new,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("viewer", "Viewer")], max_length=6
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=acquiring.core.clock.now, editable=False),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stewardships",
                        to="merchants.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stewardships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "organisation"), name="merchants_stewardship_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="organisation",
            name="people",
            field=models.ManyToManyField(
                related_name="organisations",
                through="merchants.Stewardship",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="business",
            name="organisation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="businesses",
                to="merchants.organisation",
            ),
        ),
        migrations.RunSQL(EACH_ITS_OWN, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="business",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="businesses",
                to="merchants.organisation",
            ),
        ),
    ]
