"""The page's server: an owner's evening, errors as sentences, and no other machine."""

from collections.abc import AsyncGenerator
import io
import json
from typing import Any
import zipfile

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import pytest

from kit.server import make_app

from .evenings import csv, recorded
from .vendors import Knodo
from .vendors.vendor import ADDRESS, NEIGHBOUR

type Browser = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(socket_enabled: None) -> AsyncGenerator[Browser]:  # noqa: ARG001
    """Return a browser on the page."""
    async with TestClient(TestServer(make_app())) as client:
        yield client


async def ask(
    client: Browser, path: str, data: bytes | str | dict[str, Any]
) -> dict[str, Any]:
    """Post to the page's server; return what it answers."""
    body = json.dumps(data) if isinstance(data, dict) else data
    async with client.post(path, data=body) as response:
        found: dict[str, Any] = await response.json()
        assert (response.status == 400) is ("error" in found)
        return found


async def test_an_evening_on_the_page(client: Browser) -> None:
    """Capture, notes and a confirmed stop give a description; then there is a bundle."""
    data, notes = recorded(Knodo)
    async with client.get("/api/state") as response:
        assert await response.json() == {"capture": None, "notes": 0}
    found = await ask(client, "/api/capture?name=my.log", data)
    assert found["capture"]["name"] == "my.log"
    assert [(device["key"], device["chosen"]) for device in found["devices"]] == [
        (ADDRESS, True),
        (NEIGHBOUR, False),
    ]
    assert [row["uuid"] for row in found["table"]] == ["ffe9", "ffe4"]
    assert found["presses"] == []
    found = await ask(client, "/api/notes", csv(notes))
    assert found["notes"] == len(notes)
    assert "48 of 48 notes" in found["alignment"]
    assert found["presses"][3] == {
        "time": found["presses"][3]["time"],
        "label": "start",
        "payloads": ["20 01"],
    }
    assert found["description"] == ""
    assert [line.split(":")[0] for line in found["blocking"]] == ["Confirm stop"]
    found = await ask(
        client, "/api/verdict", {"path": "commands.stop", "verdict": "accepted"}
    )
    assert found["description"].startswith("format: 1\n")
    assert found["playback"]["wrong"] == []
    stop = next(item for item in found["proposals"] if item["path"] == "commands.stop")
    assert (stop["verdict"], stop["confidence"]) == ("accepted", 1.0)
    async with client.get("/api/bundle") as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
        with zipfile.ZipFile(io.BytesIO(await response.read())) as archive:
            assert set(archive.namelist()) == {
                "README.txt",
                "device.btsnoop",
                "notes.csv",
                "description.yaml",
            }


async def test_corrections_are_used_and_checked(client: Browser) -> None:
    """A correction replaces the value; one of another form is refused."""
    data, notes = recorded(Knodo)
    await ask(client, "/api/capture", data)
    await ask(client, "/api/notes", csv(notes))
    await ask(client, "/api/verdict", {"path": "commands.stop", "verdict": "accepted"})
    found = await ask(
        client,
        "/api/verdict",
        {"path": "name", "verdict": "corrected", "value": "Our bed"},
    )
    assert 'name: "Our bed"' in found["description"]
    found = await ask(
        client,
        "/api/verdict",
        {"path": "match", "verdict": "corrected", "value": "Our bed"},
    )
    assert found["error"] == "How it is recognised: write it in the form that it had."
    found = await ask(
        client, "/api/verdict", {"path": "commands.stop", "verdict": "open"}
    )
    assert found["description"] == ""


async def test_another_device_can_be_chosen(client: Browser) -> None:
    """The proposals are then about that one."""
    await ask(client, "/api/capture", recorded(Knodo)[0])
    found = await ask(client, "/api/device", {"key": NEIGHBOUR})
    assert [device["chosen"] for device in found["devices"]] == [False, True]
    assert (
        next(item for item in found["proposals"] if item["path"] == "name")["value"]
        == "Neighbour's pump"
    )


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("/api/capture?name=my.log", b"nonsense", "my.log: at octet 0: neither"),
        ("/api/notes", "1,start\n2,dance", "notes, line 2: "),
        ("/api/device", {"key": "nobody"}, "There is no device nobody"),
        ("/api/verdict", {"path": "x", "verdict": "maybe"}, "A verdict is"),
        ("/api/verdict", {"path": "x", "verdict": "open"}, "Open a capture first."),
        ("/api/verdict", "[]", "An object is expected."),
        ("/api/verdict", "{", "line 1: "),
    ],
)
async def test_what_goes_wrong_is_said(
    client: Browser, path: str, data: bytes | str | dict[str, Any], said: str
) -> None:
    """Errors are sentences that the page shows."""
    assert (await ask(client, path, data))["error"].startswith(said)


async def test_an_unknown_proposal_is_refused(client: Browser) -> None:
    """Only what was proposed can be judged."""
    await ask(client, "/api/capture", recorded(Knodo)[0])
    found = await ask(
        client, "/api/verdict", {"path": "commands.fly", "verdict": "accepted"}
    )
    assert found["error"] == "There is no proposal commands.fly."


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}]
)
async def test_other_sites_are_not_served(
    client: Browser, headers: dict[str, str]
) -> None:
    """Neither a rebound name nor another site's script reaches the capture."""
    async with client.get("/api/state", headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/kit.js", "text/javascript"), ("/kit.css", "text/css")],
)
async def test_the_page_is_served(client: Browser, path: str, kind: str) -> None:
    """The page needs nothing but these files."""
    async with client.get(path) as response:
        assert response.content_type == kind
        assert "://" not in (await response.text()).replace("http://www.w3.org", "")
