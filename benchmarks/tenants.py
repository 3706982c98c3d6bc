"""Tenants: onboarded as an operator does it, or copied in SQL where a thousand are wanted."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2

from benchmarks.messages import Tenant

if TYPE_CHECKING:
    from benchmarks.ground import Ground

FILE = """
[tenant]
slug = "{slug}"
name = "Bakery"
domain = "{slug}.example.com"
[owner]
email = "owner@{slug}.example.com"
[channel]
provider = "twilio"
number = "{number}"
account_sid = "{account_sid}"
auth_token_env = "BENCH_TWILIO_TOKEN"
[ai]
provider = "openai"
model = "gpt-4o-mini"
api_key_env = "BENCH_AI_KEY"
base_url = "{ai_url}/v1"
system_prompt = "You answer questions about the bakery, its prices and its opening hours."
[conversation]
rate_limit_per_minute = 100000
reply_delay_seconds = 0
[[knowledge]]
title = "Prices"
text = '''
Croissant: 2.40 euro
Pain au chocolat: 2.90 euro
Sourdough loaf: 6.50 euro
'''
"""
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 (the stand-in's)

#: One tenant more, with every table of the first one's schema and what its onboarding wrote. Indexes and defaults
#: come along, foreign keys do not: a copy is written to only by webhooks, and checked nothing else.
COPY = """
DO $$
DECLARE name text; copied bigint;
BEGIN
    INSERT INTO public.tenants_tenant
    SELECT (jsonb_populate_record(source, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('public.tenants_tenant', 'id')),
        'slug', '{slug}', 'schema_name', '{schema}'))).*
      FROM public.tenants_tenant AS source WHERE schema_name = '{source}'
    RETURNING id INTO copied;
    CREATE SCHEMA {schema};
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{source}' LOOP
        EXECUTE format('CREATE TABLE {schema}.%I (LIKE {source}.%I INCLUDING ALL)', name, name);
    END LOOP;
    INSERT INTO {schema}.django_migrations SELECT * FROM {source}.django_migrations;
    INSERT INTO {schema}.bots_aiconfiguration SELECT * FROM {source}.bots_aiconfiguration;
    INSERT INTO {schema}.bots_channel
    SELECT (jsonb_populate_record(source, jsonb_build_object(
        'id', gen_random_uuid(), 'address', '{number}', 'account_id', '{account_sid}'))).*
      FROM {source}.bots_channel AS source;
    INSERT INTO public.tenants_route
    SELECT (jsonb_populate_record(source, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('public.tenants_route', 'id')),
        'address', '{number}', 'tenant_id', copied,
        'channel_id', (SELECT id FROM {schema}.bots_channel)))).*
      FROM public.tenants_route AS source
     WHERE tenant_id = (SELECT id FROM public.tenants_tenant WHERE schema_name = '{source}');
END $$
"""


def tenant(index: int) -> Tenant:
    """The tenant with this number, from 0; not made yet."""
    return Tenant(
        slug=f"bench-{index}", number=f"+1415555{index + 100:04d}", account_sid=f"AC{index:032x}", auth_token=TOKEN
    )


def onboard(ground: Ground, one: Tenant) -> None:
    """Apply the tenant's file, as `manage.py onboard` does."""
    from benchmarks.ground import AI_KEY
    from bots.onboarding import onboard as apply

    file = ground.folder / f"{one.slug}.toml"
    file.write_text(
        FILE.format(slug=one.slug, number=one.number, account_sid=one.account_sid, ai_url=ground.far_end.url)
    )
    os.environ["BENCH_TWILIO_TOKEN"], os.environ["BENCH_AI_KEY"] = one.auth_token, AI_KEY
    apply(file)


def copied(ground: Ground, *, first: int, count: int) -> list[Tenant]:
    """`count` tenants from the number `first` on, copied from the first one."""
    made = [tenant(first + index) for index in range(count)]
    with closing(psycopg2.connect(ground.database_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        # Nothing of this is measured: it need not wait for the disk.
        cursor.execute("SET synchronous_commit = off; SET client_min_messages = warning")
        for one in made:
            cursor.execute(
                COPY.format(
                    slug=one.slug,
                    schema=one.slug.replace("-", "_"),
                    source=ground.tenants[0].slug.replace("-", "_"),
                    number=one.number,
                    account_sid=one.account_sid,
                )
            )
        cursor.execute("ANALYZE public.tenants_tenant, public.tenants_route")
    return made
