from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bots", "0012_playground_said"),
    ]

    operations = [
        migrations.AddField(
            model_name="turn",
            name="cost",
            field=models.DecimalField(decimal_places=10, max_digits=16, null=True),
        ),
    ]
