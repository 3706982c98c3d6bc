from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='route',
            name='verification',
            field=models.CharField(blank=True, db_default='', db_index=True, default='', max_length=64),
        ),
    ]
