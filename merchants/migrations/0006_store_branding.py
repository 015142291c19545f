import django.db.models.deletion
from django.db import migrations, models

from acquiring.core.schema import TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0005_habits"),
    ]

    operations = [
        migrations.RemoveField(model_name="store", name="colour"),
        migrations.RemoveField(model_name="store", name="logo_url"),
        migrations.AddField(
            model_name="merchant",
            name="checkout_origins",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="branding",
            name="own",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="branding",
            name="store",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="merchants.store",
            ),
        ),
        TenantForeignKey("merchants_branding", "store_id", "merchants_store"),
        migrations.RemoveConstraint(model_name="branding", name="merchants_branding_once"),
        migrations.AddConstraint(
            model_name="branding",
            constraint=models.UniqueConstraint(
                fields=("merchant", "store"),
                name="merchants_branding_once",
                nulls_distinct=False,
            ),
        ),
    ]
