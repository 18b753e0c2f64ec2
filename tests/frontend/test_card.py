"""The card shows and operates a BackHug."""

import asyncio
import re
from typing import Any

import pytest
import pytest_asyncio

from .conftest import PHONE, SECTION, OpenPage, new_context, new_page, packages

# The browser serves all tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKTOP = {"width": 1400, "height": 900}
LOADS = 20
MEDIA: tuple[dict[str, str], ...] = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark"},
    {"color_scheme": "dark", "forced_colors": "active"},
)
POLLING = 50
"""Milliseconds between two looks at a state."""
LATE = 0.8
"""Seconds by which the frontend's own code is late: the card is then loaded before it."""

SECTION_OF_TWO = """async ([config]) => {
    const {hass} = document.querySelector("home-assistant");
    const [own] = Object.values(hass.entities).filter(({platform}) => platform === "backhug");
    const second = {...own, entity_id: "sensor.second", device_id: "second", translation_key: "state"};
    const devices = {...hass.devices, second: {name: "Second"}};
    const {cards} = await customElements.get("ll-strategy-section-backhug").generate(
        config, {...hass, devices, entities: {...hass.entities, second}});
    return cards.filter(({type}) => type === "heading").map(({heading}) => heading);
}"""
CALL = """([domain, service, entity_id, data]) =>
    document.querySelector("home-assistant").hass.callService(domain, service, data, {entity_id})"""
LAYOUT_SHIFT = """window.shift = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true})"""
OFFERS = """() => {
    const {hass} = document.querySelector("home-assistant");
    const [card] = window.customCards.filter(({type}) => type === "backhug-card");
    return [
        card.getEntitySuggestion(hass, "sensor.backhug_state"),
        card.getEntitySuggestion(hass, "sun.sun"),
        [...window.customCards, ...window.customStrategies].map(({type, strategyType}) => [type, strategyType ?? "card"]),
    ];
}"""
FOCUSED = """() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.textContent.trim();
}"""
VIOLATIONS = """async (card) => (await axe.run(card)).violations.map(
    ({id, nodes}) => `${id}: ${nodes.map(({html, failureSummary}) => html + failureSummary).join()}`)"""
MOUNT = """([device, states]) => {
    const {hass} = document.querySelector("home-assistant");
    const card = document.createElement("backhug-card");
    card.setConfig({type: "custom:backhug-card", device: device ?? hass.entities["sensor.backhug_state"].device_id});
    card.hass = {...hass, states: {...hass.states, ...states}};
    document.body.prepend(card);
}"""
UNMOUNT = """() =>
    document.querySelectorAll("body > backhug-card").forEach((each) => each.remove())"""
DISABLE = """(disabled_by) => {
    const {hass} = document.querySelector("home-assistant");
    return hass.callWS({type: "config_entries/disable", entry_id: window.entry, disabled_by});
}"""
ENTRY = """async () => {
    const {hass} = document.querySelector("home-assistant");
    const [entry] = await hass.callWS({type: "config_entries/get", domain: "backhug"});
    window.entry = entry.entry_id;
    return hass.entities["sensor.backhug_state"].device_id;
}"""
GONE = """() =>
    !document.querySelector("home-assistant").hass.entities["sensor.backhug_state"]"""
PAST_SESSIONS = """() => {
    const {hass} = document.querySelector("home-assistant");
    const start = (days) => new Date(new Date().setUTCHours(0, 0, 0, 0) - days * 864e5);
    return hass.callWS({
        type: "recorder/import_statistics",
        metadata: {mean_type: 1, has_sum: false, name: null, source: "recorder", unit_class: "unitless",
            statistic_id: "sensor.backhug_tension_after", unit_of_measurement: "%"},
        stats: [48, 52, 41].map((mean, day) => ({start: start(9 - 3 * day), mean, min: mean, max: mean})),
    });
}"""
BUSY_HOUSE = """async () => {
    const {hass} = document.querySelector("home-assistant");
    for (let step = 0; step < 30; step++) {
        await hass.callApi("POST", "states/sensor.neighbour", {state: step});
        await new Promise((done) => setTimeout(done, 50));
    }
}"""
TURNING = """(button) => {
    button.classList.add("pending");
    return getComputedStyle(button, "::after").animationDuration;
}"""
COUNT_CHANGES = """(card) => {
    window.changes = 0;
    new MutationObserver((records) => (window.changes += records.length)).observe(
        card.shadowRoot, {subtree: true, childList: true, attributes: true, characterData: true});
}"""

CREATE_ASSISTANT = """() => document.querySelector("home-assistant").hass.callWS({
    type: "assist_pipeline/pipeline/create",
    name: "Consultant",
    language: "en",
    conversation_engine: "conversation.backhug_consultant",
    conversation_language: "en",
    stt_engine: null, stt_language: null,
    tts_engine: null, tts_language: null, tts_voice: null,
    wake_word_entity: null, wake_word_id: null,
})"""


async def call(page: Any, action: str, entity_id: str, **data: Any) -> None:
    """Perform an action on an entity."""
    await page.evaluate(CALL, [*action.split("."), entity_id, data])


async def shows(page: Any, entity_id: str, expression: str) -> None:
    """Wait until an expression holds for the state object of an entity, `state`."""
    await page.wait_for_function(
        f"(state => {expression})(document.querySelector('home-assistant').hass.states['{entity_id}'])",
        # Not for each frame: then there is one each time.
        polling=POLLING,
    )


async def lie_down(page: Any, *, on: bool = True) -> None:
    """Have somebody lie down on the simulated BackHug, or get up."""
    await call(
        page,
        f"switch.turn_{'on' if on else 'off'}",
        "switch.simulator_backhug_somebody_lies_on_it",
    )
    state = "on" if on else "off"
    await shows(page, "binary_sensor.backhug_occupied", f"state.state === '{state}'")


async def check_accessibility(page: Any) -> None:
    """Check the card with axe-core, and that nothing is wider than the card."""
    source = packages() / "axe_playwright_python/axe.min.js"
    await page.evaluate(source.read_text())
    card = page.locator("backhug-card")
    violations: list[str] = await card.evaluate(VIOLATIONS)
    for _ in range(10):
        # Colours may still fade from one theme to the other.
        if violations:
            violations = await card.evaluate(VIOLATIONS)
    assert violations == []
    assert not await card.evaluate("(each) => each.scrollWidth > each.clientWidth")


async def focus(page: Any, name: str) -> None:
    """Go to the control of that name with the Tab key."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate(FOCUSED) == name:
            return
    pytest.fail(f"Tab does not reach {name}")


@pytest_asyncio.fixture(loop_scope="module")
async def card(phone: Any) -> Any:
    """Return the page on a phone with the section of a BackHug in standby, on which somebody lies."""
    await phone.emulate_media(**MEDIA[0])
    await phone.set_viewport_size(PHONE)
    if not phone.url.endswith(SECTION):
        await phone.goto(SECTION)
    await phone.evaluate(UNMOUNT)
    await phone.locator("backhug-card h2").wait_for()
    await call(phone, "switch.turn_on", "switch.simulator_backhug_in_reach")
    await shows(phone, "binary_sensor.backhug_connected", "state.state === 'on'")
    await call(phone, "button.press", "button.backhug_stop")
    await lie_down(phone)
    await phone.get_by_role("button", name="Start", exact=True).wait_for()
    return phone


async def test_a_session_from_start_to_stop(card: Any) -> None:
    """What is refused is said; what runs is shown; Stop is always in sight."""
    await card.evaluate(PAST_SESSIONS)
    await lie_down(card, on=False)
    start = card.get_by_role("button", name="Start", exact=True)
    stop = card.get_by_role("button", name="Stop", exact=True)
    await start.click()
    await card.get_by_text("Nobody is lying on BackHug").first.wait_for()
    assert "pending" not in (await start.get_attribute("class") or "")
    await lie_down(card)
    await start.click()
    await card.get_by_role("heading", name="Treating").wait_for()
    assert await card.get_by_text("Nobody is lying on BackHug").count() == 0
    await card.locator("backhug-card image[href*='image_proxy']").wait_for(
        state="attached"
    )
    assert re.fullmatch(
        r"\d+:\d\d", await card.get_by_role("timer").locator("time").inner_text()
    )
    box = await stop.bounding_box()
    assert box["height"] >= 64
    assert box["y"] + box["height"] <= PHONE["height"]
    await card.get_by_role("button", name="Pause").click()
    await card.get_by_role("button", name="Carry on").wait_for()
    await card.get_by_role(
        "heading", name=re.compile(r"Paused: ends by itself in \d:\d\d")
    ).wait_for()
    time = card.get_by_role("timer").locator("time")
    left = await time.inner_text()
    assert re.fullmatch(r"\d+:\d\d", left)
    # The time left stands still.
    await asyncio.sleep(1.5)
    assert await time.inner_text() == left
    await lie_down(card, on=False)
    await card.get_by_role(
        "heading", name=re.compile(r"you got up: ends in \d:\d\d")
    ).wait_for()
    await stop.click()
    await start.wait_for()


async def test_the_consultant_is_asked_in_assist(card: Any) -> None:
    """Home Assistant's dialog opens with the assistant of the consultant, who answers; without one, the card says so."""
    await card.get_by_role("button", name="Ask the consultant").click()
    await card.get_by_text(
        "No assistant has this BackHug's consultant"
    ).first.wait_for()
    await card.evaluate(CREATE_ASSISTANT)
    await card.get_by_role("button", name="Ask the consultant").click()
    message = card.locator("ha-voice-command-dialog").get_by_role("textbox")
    await message.fill("my neck is stiff")
    await message.press("Enter")
    await card.get_by_text("I make a massage programme for you").wait_for()
    await card.keyboard.press("Escape")
    await message.wait_for(state="hidden")


async def test_an_area_is_tapped_or_chosen_by_keyboard(card: Any) -> None:
    """Arrows move the focus, and only Space chooses: choosing moves fingers."""
    upper = card.get_by_role("radio", name="Upper back")
    mid = card.get_by_role("radio", name="Mid back")
    await upper.click()
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Upper back"
    ).wait_for()
    await shows(
        card, "sensor.simulator_backhug_state", "state.attributes.area === 'upper_back'"
    )
    assert await card.locator("backhug-card [role=radio][tabindex='0']").count() == 1
    await upper.press("ArrowDown")
    assert await mid.evaluate("(each) => each.getRootNode().activeElement === each")
    assert await mid.get_attribute("aria-checked") == "false"
    await mid.press("Space")
    await shows(
        card, "sensor.simulator_backhug_state", "state.attributes.area === 'mid_back'"
    )
    # On the drawing itself: the person's left is at the left.
    drawing = card.get_by_role("img", name="Seen from behind")
    box = await drawing.bounding_box()
    await drawing.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.5})
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Left side"
    ).wait_for()
    await drawing.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.5})
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Right side"
    ).wait_for()

    # A slider says what it would set while it is dragged, and sets it when it is let go of.
    strength = card.get_by_label("Strength")
    await strength.evaluate(
        "(each) => { each.value = 2; each.dispatchEvent(new Event('input')); }"
    )
    await card.get_by_text("2 / 10").wait_for()
    await call(card, "select.select_option", "select.backhug_flow", option="pulse")
    await shows(card, "select.backhug_flow", "state.state === 'pulse'")
    assert await strength.input_value() == "2"
    await strength.evaluate("(each) => each.dispatchEvent(new Event('change'))")
    await shows(
        card, "sensor.simulator_backhug_state", "state.attributes.strength === 2"
    )
    # The settings in use become a programme under a name that the person gives.
    card.once("dialog", lambda dialog: dialog.accept("Mine"))
    await card.get_by_role("button", name="Save as programme").click()
    await shows(
        card,
        "select.backhug_programme",
        "state.attributes.options.includes('Mine')",
    )
    # A programme has areas of its own, and shows its steps; choosing an area leaves it.
    await card.get_by_label("Programme").select_option("short_break")
    await card.get_by_text(re.compile(r"Steps: \d+, \d+ min in all")).wait_for()
    assert await card.get_by_label("Strength").is_hidden()
    await card.get_by_role("button", name="Start", exact=True).click()
    await card.get_by_text(re.compile(r"Step 1 of \d+")).wait_for()
    await card.get_by_text("Next: Shoulder blades, 4 min").wait_for()
    assert await card.locator("backhug-card li.now").count() == 1
    # At once, while the device is still busy stopping: it counts for the next session.
    await card.get_by_role("button", name="Stop", exact=True).click()
    await card.get_by_role("radio", name="Full back").click()
    await card.locator(
        "backhug-card [aria-checked=true]", has_text="Full back"
    ).wait_for()
    assert await card.get_by_label("Programme").input_value() == "none"
    await shows(card, "sensor.backhug_state", "state.state === 'standby'")
    assert await card.get_by_role("radio", name="Full back").is_checked()


async def test_a_large_screen_in_german_with_a_late_frontend(
    open_page: OpenPage,
) -> None:
    """The card is there, does not move about, and is still while nothing happens.

    The frontend replaces the registry of elements as it starts: what is defined before is lost.
    """

    async def delay(route: Any) -> None:
        await asyncio.sleep(LATE)
        await route.continue_()

    page = await open_page(
        "/test-dashboard",
        DESKTOP,
        language="de",
        script=LAYOUT_SHIFT,
        routes={"**/frontend_latest/app.*.js": delay},
    )
    card = page.locator("backhug-card")
    await card.get_by_role("radio", name="Entlang der Wirbelsäule").wait_for()
    await card.get_by_role("button", name="Stopp", exact=True).wait_for()
    assert not await card.evaluate("(each) => each.scrollWidth > each.clientWidth")
    assert await page.evaluate("window.shift") < 0.1
    await card.evaluate(COUNT_CHANGES)
    await page.evaluate(BUSY_HOUSE)
    assert await page.evaluate("window.changes") == 0
    # From right to left a person's left stays at the left of the drawing.
    await page.evaluate(MOUNT, [None, {}])
    await page.evaluate("document.body.dir = 'rtl'")
    other = page.locator("body > backhug-card")
    left, right, drawing, areas = [
        await each.bounding_box()
        for each in (
            other.get_by_text("Links", exact=True),
            other.get_by_text("Rechts", exact=True),
            other.get_by_role("img", name="Von hinten gesehen"),
            other.get_by_role("radiogroup"),
        )
    ]
    assert left["x"] < right["x"]
    assert areas["x"] < drawing["x"]
    await other.evaluate("(each) => each.remove()")
    await page.emulate_media(reduced_motion="reduce")
    stop = card.get_by_role("button", name="Stopp", exact=True)
    assert await stop.evaluate(TURNING) == "8s"
    # A section has every BackHug, or the one that is named.
    for config, names in (
        ({}, ["BackHug", "Second"]),
        ({"device": "second"}, ["Second"]),
    ):
        assert await page.evaluate(SECTION_OF_TWO, [config]) == names
    suggested, foreign, offered = await page.evaluate(OFFERS)
    assert suggested["config"]["type"] == "custom:backhug-card"
    assert foreign is None
    assert offered == [
        ["backhug-card", "card"],
        ["backhug", "section"],
        ["backhug", "dashboard"],
    ]


async def test_a_device_that_is_away_is_explained(card: Any) -> None:
    """In words, with what helps; and Stop works all the time."""
    stop = card.get_by_role("button", name="Stop", exact=True)
    await card.get_by_role("button", name="Start", exact=True).click()
    await card.get_by_role("heading", name="Treating").wait_for()
    await call(card, "switch.turn_off", "switch.backhug_hold_connection")
    await card.get_by_role("heading", name="Released for the phone app").wait_for()
    await card.get_by_role("button", name="Take it back").click()
    await card.get_by_role("heading", name="Treating").wait_for()
    await call(card, "switch.turn_off", "switch.simulator_backhug_in_reach")
    await call(card, "button.press", "button.simulator_backhug_drop_the_link")
    await card.get_by_role("heading", name="Out of reach").wait_for()
    await stop.click()
    await card.get_by_text("The stop did not reach").first.wait_for()
    assert await stop.is_enabled()


async def test_the_card_appears_each_time(newest: int, browser: Any) -> None:
    """Also on the newest Home Assistant, which loads it at another point of its start."""
    async with await new_context(browser, newest) as context:
        page = await new_page(context, SECTION, PHONE)
        for _ in range(LOADS - 1):
            await page.reload(wait_until="commit")
            await page.locator("backhug-card h2").wait_for()
        await page.get_by_role("button", name="Stop", exact=True).wait_for()


async def test_it_is_operated_by_keyboard_alone(card: Any) -> None:
    """Each control can be reached, and is operated by Enter or Space."""
    await focus(card, "Start")
    await card.keyboard.press("Enter")
    await card.get_by_role("heading", name="Treating").wait_for()
    await focus(card, "Pause")
    await card.keyboard.press("Space")
    await card.get_by_role("button", name="Carry on").wait_for()
    await focus(card, "Stop")
    await card.keyboard.press("Enter")
    await card.get_by_role("button", name="Start", exact=True).wait_for()


async def test_it_is_accessible_in_each_size_and_colour(card: Any) -> None:
    """In standby and in a session, on a phone and a large screen, in light, dark and forced colours."""
    for name in ("Start", "Stop"):
        for viewport, media in zip((PHONE, DESKTOP, PHONE), MEDIA, strict=True):
            await card.set_viewport_size(viewport)
            await card.emulate_media(**media)
            await check_accessibility(card)
        await card.get_by_role("button", name=name, exact=True).click()
        heading = "Treating" if name == "Start" else "Standby"
        await card.get_by_role("heading", name=heading).wait_for()


async def test_what_is_wrong_is_explained(card: Any) -> None:
    """A fault, a device that was removed, an entry that is disabled, and a connection that rests."""
    await card.get_by_role("button", name="Start", exact=True).click()
    await card.get_by_role("heading", name="Treating").wait_for()
    await call(card, "button.press", "button.simulator_backhug_finger_blocked")
    await card.get_by_role("heading", name="A finger is blocked").wait_for()
    await call(card, "button.press", "button.simulator_backhug_fault_clears")
    await card.get_by_role("button", name="Start", exact=True).wait_for()
    await card.evaluate(MOUNT, ["gone", {}])
    other = card.locator("body > backhug-card")
    await other.get_by_role("heading", name="No BackHug").wait_for()
    assert await other.get_by_role("button", name="Stop", exact=True).is_visible()
    resting = {"binary_sensor.backhug_connected": {"state": "off", "attributes": {}}}
    await card.evaluate(MOUNT, [None, resting])
    await other.get_by_role("heading", name="Not connected right now").wait_for()
    await other.first.get_by_role("button", name="Start", exact=True).wait_for()
    await card.evaluate(UNMOUNT)
    device = await card.evaluate(ENTRY)
    await card.evaluate(DISABLE, "user")
    try:
        await card.wait_for_function(GONE, polling=POLLING)
        await card.evaluate(MOUNT, [device, {}])
        await other.get_by_role("heading", name="Not set up at the moment").wait_for()
        assert await other.get_by_role("button", name="Stop", exact=True).is_visible()
        await other.get_by_role("button", name="Open the device page").click()
        await card.wait_for_url(f"**/config/devices/device/{device}")
    finally:
        await card.evaluate(DISABLE, None)
    await shows(card, "sensor.backhug_state", "state?.state === 'standby'")


async def test_two_cards_and_their_editor(open_page: OpenPage) -> None:
    """Both cards have their texts; a BackHug is chosen in a form, without YAML."""
    page = await open_page("/test-card?edit=1", DESKTOP)
    # There are two, which load their texts at the same time.
    for name in ("Stop", "Full back"):
        await page.get_by_text(name, exact=True).nth(1).wait_for()
    await page.locator("hui-card-edit-mode").first.click()
    save = page.get_by_role("button", name="Save", exact=True)
    assert await save.is_disabled()
    await page.get_by_text("Select a device").click()
    choices = page.locator("ha-combo-box-item", has_text="BackHug")
    await choices.first.wait_for()
    assert await choices.count() == 1
    await choices.click()
    await page.wait_for_function(
        "button => !button.disabled",
        arg=await save.element_handle(),
        polling=POLLING,
    )
