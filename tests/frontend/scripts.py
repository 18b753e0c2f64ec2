"""Scripts that the tests evaluate in a page of Home Assistant's frontend."""

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
LATE_APP = """new MutationObserver((_, observer) => {
    if (!document.head) return;
    observer.disconnect();
    const late = `
        await new Promise((done) => setTimeout(done, %(milliseconds)d));
        sessionStorage.late = 1 + (+sessionStorage.late || 0);
        await import("${new URL("%(app)s", location)}?late");`;
    const imports = {"%(app)s": `data:text/javascript,${encodeURIComponent(late)}`};
    document.head.append(Object.assign(document.createElement("script"),
        {type: "importmap", textContent: JSON.stringify({imports})}));
}).observe(document, {childList: true, subtree: true})"""
"""Imports the frontend's own code late. A Playwright route would do so, too, but without any cache."""
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
