import uuid

import django.db.models.deletion
from django.db import migrations, models

import bots.models.clock


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0007_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlaygroundQuestion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField()),
                ('text', models.TextField()),
                ('asked_at', models.DateTimeField(db_default=bots.models.clock.ClockTimestamp())),
            ],
            options={
                'ordering': ['asked_at'],
                'indexes': [models.Index(fields=['member_id', 'asked_at'], name='playground_chat')],
            },
        ),
        migrations.CreateModel(
            name='PlaygroundAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published')], max_length=9)),
                ('version', models.PositiveIntegerField(blank=True, null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('writing', 'Writing'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='waiting', max_length=7)),
                ('lease_until', models.DateTimeField()),
                ('text', models.TextField(blank=True)),
                ('provider', models.CharField(blank=True, max_length=50)),
                ('model_name', models.CharField(blank=True, max_length=100)),
                ('is_fallback', models.BooleanField(default=False)),
                ('prompt', models.JSONField(default=list)),
                ('passages', models.JSONField(default=list)),
                ('input_tokens', models.PositiveIntegerField(default=0)),
                ('output_tokens', models.PositiveIntegerField(default=0)),
                ('is_estimate', models.BooleanField(default=False)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('timings', models.JSONField(default=dict)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('problem', models.CharField(blank=True, max_length=20)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('question', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='bots.playgroundquestion')),
            ],
            options={
                'ordering': ['source'],
                'constraints': [models.UniqueConstraint(fields=('question', 'source'), name='one_answer_a_source')],
            },
        ),
    ]
