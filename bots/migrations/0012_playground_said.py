from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bots", "0011_assigned"),
    ]

    operations = [
        migrations.AddField(
            model_name="playgroundanswer",
            name="said",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        # It was kept among the timings.
        migrations.RunSQL(
            "UPDATE bots_playgroundanswer SET said = timings -> 'said', timings = timings - 'said'"
            " WHERE jsonb_exists(timings, 'said')",
            "UPDATE bots_playgroundanswer SET timings = timings || jsonb_build_object('said', said)"
            " WHERE said <> '[]'",
        ),
    ]
