"""The stand-in's configuration file and its command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from sandbox.twilio.client import running
from sandbox.twilio.config import parse_config
from tests.sandbox.conftest import ACCOUNT, ADA, BAKERY, TOKEN
from tests.sandbox.receiver import Receiver

NUMBER = {
    "number": BAKERY,
    "name": "Lumen Bakery",
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "webhook_url": "http://127.0.0.1:9/",
}


def test_every_mistake_of_a_configuration_is_named_at_once() -> None:
    raw = {"numbers": [{**NUMBER, "colour": "red"}, {"number": "+1"}], "users": [{"name": "Nobody"}], "port": 1}
    with pytest.raises(ValueError, match="numbers") as mistakes:
        parse_config(raw)
    sentence = str(mistakes.value)
    for part in ("numbers[0].colour", "numbers[1]", "auth_token", "users[0]: a phone or a user_id", "config.port"):
        assert part in sentence


def test_the_program_serves_the_phone_and_stops_when_told(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"numbers": [NUMBER], "users": [{"phone": ADA, "name": "Ada"}]}))
    command = [sys.executable, "-m", "sandbox.twilio", "--port", "0", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().removeprefix("Phone: ").strip()
        with httpx2.Client(base_url=url, trust_env=False) as client, client.stream("GET", "/phone/events") as stream:
            assert next(stream.iter_lines()) == "retry: 1000"
            assert client.get("/").text.startswith("<!doctype html>")
            program.terminate()
            assert program.wait(timeout=5) is not None


def test_a_wrong_file_ends_the_program_with_a_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{}")
    command = [sys.executable, "-m", "sandbox.twilio", "--port", "0", "--config", str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "The phone cannot start: numbers: a list is needed\n"


def test_conversations_and_files_outlive_the_process(application: Receiver, tmp_path: Path) -> None:
    application.answers.clear()
    config = {"numbers": [{**NUMBER, "webhook_url": application.url}], "users": [{"phone": ADA, "name": "Ada"}]}
    with running(config, state=tmp_path) as phone:
        sid = phone.send(user=ADA, number=BAKERY, body="remember", media=["photo"])["sid"]
    with running(config, state=tmp_path) as phone:
        [message] = phone.messages(number=BAKERY, user=ADA)
        photo = httpx2.get(f"{phone.url}/phone/media/{message['media'][0]}", trust_env=False)
    assert (message["sid"], message["body"]) == (sid, "remember")
    assert message["answers"][0]["status"] == 200
    assert photo.content[:3] == b"\xff\xd8\xff"
