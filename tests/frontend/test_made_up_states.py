"""What the page shows in states that are made up, and to whom: no Home Assistant runs here."""

from collections.abc import AsyncGenerator
from datetime import datetime, time, timedelta
import json
from typing import Any

import pytest
import pytest_asyncio

from custom_components.backhug.frontend import FOLDER

from .conftest import PHONE, TIMEOUT

# The browser serves all tests.
pytestmark = pytest.mark.asyncio(loop_scope="package")

ADDRESS = "http://card.test/"
PAGE = """<!DOCTYPE html><html lang="en"><title>Card</title>
<script type="module" src="backhug-strategies.js"></script></html>"""
ENDED = "2026-11-28T20:00:00"
STATES = {
    "binary_sensor.occupied": "on",
    "switch.hold_connection": "on",
    "sensor.state": "standby",
    "sensor.last_session": f"{ENDED}+00:00",
    "sensor.tension": "41",
    "sensor.tension_before": "53",
    "sensor.tension_after": "41",
    "sensor.tension_change": "-12",
    "image.tension_map": f"{ENDED}+00:00",
    "number.session_length": "55",
}
ATTRIBUTES = {
    "number.session_length": {"min": 5, "max": 60},
    "sensor.last_session": {"minutes": 20},
    "sensor.tension": {"measured": "after"},
    "image.tension_map": {"entity_picture": "/map.svg?after", "description": "Eased"},
}
REGIONS = {"left_upper": -21, "left_mid": -3, "right_lower": 2}
TENSIONS = (41, None, 52, 48)
"""After the sessions of the person who looks, newest first; a short session is not measured."""

MOUNT = """([states, translations, answer]) => {
    const key = (id) => id.split(".")[1];
    const entities = Object.fromEntries(Object.keys(states).filter((id) => !id.startsWith("person.")).map((id) =>
        [id, {entity_id: id, device_id: "back", platform: "backhug", translation_key: key(id)}]));
    window.hass = {
        language: "en", states, entities, devices: {back: {name: "BackHug"}},
        localize: (path, values) => {
            const text = path.split(".").slice(2).reduce((found, each) => found?.[each], translations);
            return text?.replace(/{(\\w+)}/g, (_, name) => values[name]);
        },
        loadBackendTranslation: async () => {},
        formatEntityState: (state, option) => option ?? state.state,
        hassUrl: (path) => path,
        callService: async (domain, action, data) => {
            window.asked = [action, data];
            if (action === "start_session") throw Error("Nobody is lying on BackHug");
            return {response: {devices: [answer]}};
        },
    };
    const card = document.createElement("backhug-card");
    card.setConfig({type: "custom:backhug-card", device: "back"});
    card.hass = window.hass;
    document.body.replaceChildren(card);
}"""
SHOW = """(states) => {
    const card = document.querySelector("backhug-card");
    for (const id in states) states[id] = {...window.hass.states[id], state: states[id]};
    window.hass = {...window.hass, states: {...window.hass.states, ...states}};
    card.hass = window.hass;
}"""
FORMAT = """() => {
    window.hass = {...window.hass, formatEntityState: () => "Along the spine"};
    document.querySelector("backhug-card").hass = window.hass;
}"""
SECTION = """async () => {
    const {cards} = await customElements.get("ll-strategy-section-backhug").generate({}, window.hass);
    const graph = cards.find(({type}) => type === "statistics-graph");
    return [cards.some(({type}) => type === "custom:backhug-card"), graph?.visibility];
}"""


def session(minutes_ago: int, tension: int | None) -> dict[str, Any]:
    """Return a session as `get_tension` does, so long before the one that the device shows."""
    ended = f"2026-11-28T{20 - minutes_ago // 60:02}:{-minutes_ago % 60:02}:00.250000"
    after = None if tension is None else {"back": tension}
    return {"ended": f"{ended}+00:00", "after": after, "change": {"regions": REGIONS}}


def sessions(minutes_ago: int) -> list[dict[str, Any]]:
    """Return the sessions of the person who looks, the newest one so long ago."""
    return [
        session(minutes_ago + 60 * index, tension)
        for index, tension in enumerate(TENSIONS)
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def page(browser: Any) -> AsyncGenerator[Any]:
    """Yield a page that has loaded the card."""
    async with await browser.new_page(viewport=PHONE) as page:
        page.set_default_timeout(TIMEOUT)

        async def serve(route: Any) -> None:
            file = FOLDER / route.request.url.removeprefix(ADDRESS)
            if file.suffix == ".js":
                await route.fulfill(path=file, content_type="text/javascript")
            else:
                await route.fulfill(body=PAGE, content_type="text/html")

        await page.route(f"{ADDRESS}**", serve)
        await page.goto(ADDRESS)
        yield page


async def mount(page: Any, persons: int, found: dict[str, Any]) -> Any:
    """Return the card in a home of so many persons, one of whom looks."""
    translations = json.loads((FOLDER.parent / "translations/en.json").read_text())
    states = {
        id_: {"entity_id": id_, "state": state, "attributes": ATTRIBUTES.get(id_, {})}
        for id_, state in STATES.items()
    }
    for number in range(persons):
        states[f"person.{number}"] = {"state": "home", "attributes": {}}
    await page.evaluate(MOUNT, [states, translations, found])
    card = page.locator("backhug-card")
    await card.get_by_role("heading", name="Last session").wait_for()
    # What it has asked for is shown.
    await card.locator("#past, #rises").first.wait_for(state="attached")
    return card


async def test_own_session_is_summed_up(page: Any) -> None:
    """Minutes, before and after in figures and words, the pictures, where it eased most, and the sessions before."""
    rises = [{"region": "right_mid", "since": "2026-11-09", "points": 4}]
    card = await mount(page, 2, {"sessions": sessions(0), "rises": rises})
    await card.get_by_role("heading", name=f"{ENDED}+00:00, 20 min").wait_for()
    await card.get_by_text("It eased most here: upper left.").wait_for()
    await card.get_by_text("53 % → 41 %").wait_for()
    await card.get_by_text("12 points less tension than before").wait_for()
    picture = card.get_by_role("img", name="Eased")
    assert await picture.get_attribute("src") == "/map.svg?after"
    await card.get_by_text("your last 3 measured sessions: 48 % → 41 %").wait_for()
    line = card.get_by_role("img", name="From the oldest to the newest: 48, 52, 41 %")
    points = await line.locator("polyline").get_attribute("points")
    assert points == "0,-48 1,-52 2,-41"
    rise = card.get_by_text("risen from week to week since")
    assert "2026 here: middle right." in await rise.inner_text()
    assert await page.evaluate("window.asked") == ["get_tension", {"sessions": 20}]


@pytest.mark.parametrize(
    ("persons", "ago", "shown"),
    [
        pytest.param(2, 60, False, id="of another person"),
        pytest.param(2, None, False, id="of another person, for somebody without any"),
        pytest.param(1, None, True, id="of the only person, for a shared screen"),
        pytest.param(1, 60, True, id="newer than those of the only person"),
    ],
)
async def test_session_of_somebody_else(
    page: Any, persons: int, ago: int | None, shown: bool
) -> None:
    """Where several people live, the tension of a session is for the person whose back it was."""
    own = [] if ago is None else sessions(ago)
    card = await mount(page, persons, {"sessions": own, "rises": []})
    await card.locator("#past").wait_for(state="visible" if own else "hidden")
    assert await card.get_by_text("53 % → 41 %").is_visible() is shown
    assert await card.locator("#maps").is_visible() is shown
    # That is of another session than the one that is shown.
    assert await card.get_by_text("It eased most").is_hidden()


@pytest.mark.parametrize(("persons", "shown"), [(0, True), (1, True), (2, False)])
async def test_section_shows_statistics_of_a_home_of_one(
    page: Any, persons: int, shown: bool
) -> None:
    """The device's statistics are those of everybody who lay there."""
    await mount(page, persons, {})
    has_card, visibility = await page.evaluate(SECTION)
    assert has_card
    # A new device has none: an empty box would be shown.
    measured = {"entity": "sensor.tension_before", "state_not": "unknown"}
    assert visibility == ([{"condition": "state", **measured}] if shown else None)


async def test_summary_comes_first_when_a_session_ends(page: Any) -> None:
    """Whoever has watched it sees at once what has changed; otherwise the controls come first."""
    card = await mount(page, 1, {"sessions": sessions(0)})

    async def comes_first() -> bool:
        first, second = [
            await each.bounding_box()
            for each in (card.locator("#result"), card.get_by_role("radiogroup"))
        ]
        return bool(first["y"] < second["y"])

    assert not await comes_first()
    await page.evaluate(SHOW, {"sensor.state": "treating"})
    assert await card.locator("#result").is_hidden()
    await page.evaluate(SHOW, {"sensor.state": "standby"})
    assert await comes_first()


async def test_unavailable_device_has_one_heading(page: Any) -> None:
    """It says why, and so does the live region; "Unavailable" says nothing."""
    card = await mount(page, 1, {})
    released = {"sensor.state": "unavailable", "switch.hold_connection": "off"}
    await page.evaluate(SHOW, released)
    headings = await card.get_by_role("heading").all_inner_texts()
    assert headings == ["Released for the phone app"]
    assert await card.locator("#said").inner_text() == headings[0]


async def test_refusal_goes_with_its_reason(page: Any) -> None:
    """It is said until the state changes: lying down, it no longer holds."""
    card = await mount(page, 1, {})
    await page.evaluate(SHOW, {"binary_sensor.occupied": "off"})
    await card.get_by_role("button", name="Start", exact=True).click()
    refusal = card.locator("#error", has_text="Nobody is lying on BackHug")
    await refusal.wait_for()
    await page.evaluate(SHOW, {"sensor.tension": "40"})
    assert await refusal.is_visible()
    await page.evaluate(SHOW, {"binary_sensor.occupied": "on"})
    assert await refusal.is_hidden()


PLAN = """() => {
    const card = document.createElement("backhug-plan-card");
    card.setConfig({type: "custom:backhug-plan-card", device: "back"});
    window.plan = (changed) => {
        const entities = Object.fromEntries(["select.person", "sensor.next_session_due"].map((id) =>
            [id, {entity_id: id, device_id: "back", platform: "backhug", translation_key: id.split(".")[1]}]));
        const user = {id: "anna"};
        card.hass = window.hass = {...window.hass, user, entities, states: {...window.hass.states, ...changed}};
        return [card.hidden, card.shadowRoot.querySelector("p").textContent,
            card.shadowRoot.querySelector("button:not([hidden])")?.textContent];
    };
    document.body.replaceChildren(card);
}"""


def plan(days: int | None, at: time = time(12), **attributes: Any) -> dict[str, Any]:
    """Return the sensor of the next session, due so many days from today at a time of day."""
    due = "unknown"
    if days is not None:
        day = datetime.now().astimezone().date() + timedelta(days=days)
        due = datetime.combine(day, at).astimezone().isoformat()
    shown = {"week": 2, "weeks": 6, "sessions_done": 1, "sessions_advised": 3}
    session = {"session_minutes": 20, "session_strength": 3}
    return {
        "sensor.next_session_due": {
            "state": due,
            "attributes": {**shown, **session, **attributes},
        }
    }


def chosen(name: str) -> dict[str, Any]:
    """Return the states of two persons, of whom one is chosen."""
    return {
        "select.person": {"state": name, "attributes": {}},
        **{
            f"person.{each.lower()}": {
                "state": "home",
                "attributes": {"friendly_name": each, "user_id": each.lower()},
            }
            for each in ("Anna", "Ben")
        },
    }


async def test_plan_is_shown_and_paused(page: Any) -> None:
    """The person who looks sees how far their plan is, pauses it and carries on; others do not see it."""
    await mount(page, 0, {})
    await page.evaluate(PLAN)

    async def shown(*changes: dict[str, Any]) -> Any:
        states = {key: state for each in changes for key, state in each.items()}
        await page.evaluate("window.plan", states)
        return await page.evaluate("window.plan", {})

    done = "Week 2 of 6: 1 of 3 sessions done."
    due = "Your next session is due {}: 20 minutes, strength up to 3."
    weekday = f"{datetime.now().astimezone() + timedelta(days=4):on %A}"
    followed: dict[str, Any] = {"plan": "followed"}
    for days, when in ((0, "today"), (1, "tomorrow"), (4, weekday), (9, "in 9 days")):
        said = [False, f"{done} {due.format(when)}", "Pause plan"]
        for time_of_day in (time.min, time(23, 59)):
            assert await shown(plan(days, time_of_day, **followed)) == said
    nothing = f"{done} No further session is due in this plan."
    assert await shown(plan(None, **followed)) == [False, nothing, "Pause plan"]
    # With several persons: the plan of the chosen one, for whoever that is.
    assert (await shown(plan(0, **followed), chosen("Ben")))[0] is True
    assert (await shown(chosen("Anna")))[0] is False
    await page.locator("button", has_text="Pause plan").click()
    changed = ["change_plan", {"change": "pause", "person": "Anna"}]
    assert await page.evaluate("window.asked") == changed
    hidden, said, button = await shown(plan(None, plan="paused"))
    assert (hidden, button) == (False, "Carry on with plan")
    assert said.startswith("Your plan is paused in week 2 of 6")
    over = "Your plan is over: it is time for another consultation."
    assert await shown(plan(None, plan="over")) == [False, over, None]
    none = {"sensor.next_session_due": {"state": "unknown", "attributes": {}}}
    assert (await shown(none))[0] is True


async def test_options_wait_for_the_frontend(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant loads how to format a state after the card's texts: until then options are raw."""
    monkeypatch.setitem(STATES, "select.area", "along_spine")
    monkeypatch.setitem(ATTRIBUTES, "select.area", {"options": ["along_spine"]})
    card = await mount(page, 1, {})
    await card.get_by_role("radio", name="along_spine").wait_for()
    await page.evaluate(FORMAT)
    area = card.get_by_role("radio", name="Along the spine", checked=True)
    assert await area.count() == 1


async def test_longest_session_is_not_made_longer(page: Any) -> None:
    """A button that changes nothing would report success."""
    card = await mount(page, 1, {})
    await page.evaluate(SHOW, {"sensor.state": "treating"})
    longer = card.get_by_role("button", name="5 more minutes")
    assert await longer.is_visible()
    await page.evaluate(SHOW, {"number.session_length": "60"})
    assert await longer.is_hidden()


async def test_refused_name_is_offered_again(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A programme's name that is refused is changed, not typed anew."""
    monkeypatch.setitem(STATES, "select.programme", "none")
    card = await mount(page, 1, {})
    await page.evaluate(
        """() => { window.hass.callService = async (domain, action, {name}) => {
            if (name === "Mine") throw Error("There is already a programme called Mine");
        }; }"""
    )
    offered = []
    answers = ["Mine", "Mine, too", ""]

    async def answer(dialog: Any) -> None:
        offered.append(dialog.default_value)
        await dialog.accept(answers[len(offered) - 1])

    page.on("dialog", answer)
    save = card.get_by_role("button", name="Save as programme")
    await save.click()
    await card.locator("#error", has_text="already a programme").wait_for()
    await save.click()
    await card.locator("#save.done").wait_for()
    await save.click()
    page.remove_listener("dialog", answer)
    assert offered == ["", "Mine", ""]


async def test_large_text_leaves_room(
    page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 200 % on a phone the back stays a back, and the buttons leave half of the screen and hide no focus."""
    monkeypatch.setitem(STATES, "select.area", "full_back")
    monkeypatch.setitem(STATES, "select.programme", "none")
    areas = ["full_back", "shoulder_blades", "along_spine"]
    monkeypatch.setitem(ATTRIBUTES, "select.area", {"options": areas})
    height = PHONE["height"] // 2
    await page.set_viewport_size({"width": PHONE["width"] // 2, "height": height})
    try:
        card = await mount(page, 1, {})
        back = await card.locator("figure svg").bounding_box()
        save = card.locator("#save")
        await save.evaluate(
            """(each) => {
                scrollBy(0, each.getBoundingClientRect().bottom - innerHeight);
                each.focus();
            }"""
        )
        focused = await save.bounding_box()
        bar = await card.locator("#bar").bounding_box()
        stop = await card.locator("#stop").bounding_box()
    finally:
        await page.set_viewport_size(PHONE)
    assert back["width"] > 100
    assert bar["height"] < height / 2
    assert focused["y"] + focused["height"] <= bar["y"]
    assert min(stop["width"], stop["height"]) >= 64
