// BackHug card.
// It uses ha-card only: others change.

import { SUMMARY, SUMMARY_STYLE, summary } from "./backhug-summary.js";

export const DOMAIN = "backhug";
export const CARD = "backhug-card";

// In the tension map's units: x = 0 is the spine.
const OUTLINE =
	"M-23-8C-22 16-24 27-40 35S-80 46-91 62-104 112-106 150-112 260-115 330H-89C-88 280-86 220-81 152-77 184-69 206-67 228S-73 288-78 330H78C73 288 66 252 67 228S77 184 81 152C86 220 88 280 89 330H115C112 260 108 200 106 150S102 78 91 62 58 43 40 35 22 16 23-8Z";
const AREAS = {
	full_back: "M-62 50Q0 30 62 50Q72 120 64 200Q58 250 62 286H-62Q-58 250-64 200Q-72 120-62 50Z",
	upper_back: "M-66 50Q0 32 66 50Q74 85 72 118H-72Q-74 85-66 50Z",
	shoulder_blades: "M-40 62a24 32 0 1 0 .1 0ZM40 62a24 32 0 1 0 .1 0Z",
	mid_back: "M-72 123H72Q70 170 62 197H-62Q-70 170-72 123Z",
	lower_back: "M-62 197H62Q60 240 66 284H-66Q-60 240-62 197Z",
	left_side: "M-8 44Q-40 44-66 54Q-74 120-65 200Q-60 250-64 286H-8Z",
	right_side: "M8 44Q40 44 66 54Q74 120 65 200Q60 250 64 286H8Z",
	along_spine: "M-17 40Q0 32 17 40V288H-17Z",
};
const areaAt = (x, y) => {
	if (Math.abs(x) < 19) return "along_spine";
	if (Math.abs(x) > 47) return x < 0 ? "left_side" : "right_side";
	return y < 80 ? "upper_back" : y < 123 ? "shoulder_blades" : y < 197 ? "mid_back" : "lower_back";
};

const STYLE = `:host{display:block;container-type:inline-size}
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
ha-card{min-height:420px;padding:16px;--on:var(--primary-color);--bad:var(--error-color);
--page:var(--ha-card-background,var(--card-background-color))}
#head{display:flex;gap:16px;min-height:60px}
#head div+div{text-align:end;margin-inline-start:auto}
h2,h3,p{unicode-bidi:plaintext}
h2,h3{font-size:1.25rem;font-weight:500;text-wrap:balance}
p,figcaption,#maps div{color:var(--secondary-text-color);font-size:.9rem;line-height:1.3rem;text-wrap:balance}
time,#change b{font-size:2rem;line-height:2.2rem;font-weight:500;color:var(--primary-text-color);font-variant-numeric:tabular-nums}
#back{display:grid;grid-template-columns:1.15fr 1fr;gap:12px;align-items:center;margin:4px 0 16px}
figure{text-align:center}
svg{display:block;width:100%;max-height:400px}
figure svg{mask:linear-gradient(90deg,#0000,#000 9% 91%,#0000) intersect,linear-gradient(#000 83%,#0000);direction:ltr;cursor:pointer}
.torso{fill:#2c3850;stroke:#8593ae}
.row{fill:none;stroke:#4b5975}
text{font-size:13px;fill:currentColor;text-anchor:middle}
#mark{fill:var(--on);fill-opacity:.5;stroke:#fff;stroke-width:2.5}
[href]+#mark{fill:none}
button,select{font:inherit;color:inherit;min-height:44px;border-radius:12px;border:1px solid var(--divider-color);background:var(--page);cursor:pointer}
button{display:flex;align-items:center;justify-content:center;gap:8px;padding:4px 12px;position:relative}
button svg{width:28px;fill:currentColor}
#areas{display:grid;gap:4px}
#areas button{justify-content:start;text-align:start;line-height:1.2}
#areas button:before{content:"";width:14px;height:14px;flex:none;border:2px solid;border-radius:50%;opacity:.6}
[aria-checked=true]{background:color-mix(in srgb,var(--on) 16%,var(--page));border-color:var(--on);font-weight:500}
#areas [aria-checked=true]:before{border:5px solid var(--on);opacity:1}
.pending:after,.done:after{content:"";position:absolute;inset-inline-end:8px;top:calc(50% - 8px);width:16px;height:16px;border-radius:50%;
border:3px solid;border-inline-end-color:#0000;animation:turn 1s linear infinite}
.done:after{content:"✓";border:0;animation:none;line-height:16px}
@keyframes turn{to{rotate:1turn}}
label{display:block;position:relative;margin-bottom:12px}
label>span{display:flex;justify-content:space-between;line-height:1.5rem}
select,input{width:100%;height:44px;accent-color:var(--on)}
select{padding:0 12px}
#own{display:grid;grid-template-columns:1fr 1fr;gap:0 16px}
#own label{margin:0}
.box{border-radius:12px;padding:12px;margin-bottom:16px;background:var(--secondary-background-color)}
h3{font-size:1rem}
.box,.box p{color:inherit}
#help{border:2px solid var(--on)}
#help,#save,#consult{width:100%;margin-top:8px}
#warn{border-inline-start:6px solid var(--warning-color)}
ol{list-style:none;display:flex;gap:4px;padding:0 0 6px}
li{flex:1;height:10px;border-radius:5px;background:linear-gradient(var(--on) 0 0) 0/var(--done,0) 100% no-repeat var(--divider-color)}
.now{outline:2px solid var(--on)}
#error{border:2px solid var(--bad);margin-bottom:8px}
#bar{position:sticky;bottom:0;z-index:1;margin:8px -16px -16px;padding:8px 16px calc(12px + env(safe-area-inset-bottom));background:var(--page);border-radius:0 0 12px 12px}
:host([preview]) #bar{position:static}
#bar div{display:flex;flex-wrap:wrap;gap:8px}
#main :is(button,select,input){scroll-margin:64px 0 170px}
#bar button{flex:1 1 40%;min-height:64px;font-size:1.35rem;font-weight:700}
#bar .minor{flex-basis:100%;min-height:44px;font-size:1rem;font-weight:500}
#start,#resume{background:var(--on);color:var(--text-primary-color);border-color:#0000}
#stop{border:3px solid var(--bad)}
#stop.run{background:var(--bad);color:#fff}
#said{position:absolute;height:1px;overflow:hidden;clip-path:inset(50%)}
@container(min-width:640px){#main{display:grid;grid-template-columns:1fr 1fr;gap:0 32px;align-items:start}#bar button{flex-basis:20%!important}}
@container(max-width:280px){#back,#own{grid-template-columns:1fr}#bar button{font-size:1rem;padding:4px}#bar svg{display:none}}
@media(max-height:500px){@container(min-width:280px){#bar div{flex-wrap:nowrap}#bar .minor{flex-basis:30%!important}}}
@media(prefers-reduced-motion:reduce){.pending:after{animation-duration:8s}}
@media(forced-colors:active){li{border:1px solid;forced-color-adjust:none}}
${SUMMARY_STYLE}`;

const text = (path) => `<span data-text="${path}"></span>`;
const button = (id, path, icon) =>
	`<button id="${id}"${icon ? `><svg viewBox="0 0 24 24" aria-hidden="true"><path d="${icon}"/></svg>` : ' class="minor">'}${text(path)}</button>`;
const slider = (id) => `<label id="${id}"><span>${text(`entity.number.${id}.name`)}<b dir=ltr></b></span><input type="range"></label>`;
const choice = (id) => `<label id="${id}">${text(`entity.select.${id}.name`)}<select></select></label>`;
const PLAY = "M8 5v14l11-7z";

const BODY = `<style>${STYLE}</style><ha-card style="visibility:hidden">
<div id=head><div><p id=name></p><h2></h2></div><div role=timer><time></time><p id=left></p></div></div>
<div id=warn class=box hidden><h3></h3><p></p><button id=help></button></div>
<div id=main><div id=back><figure><svg viewBox="-98 -12 196 330" role=img><path class=torso d="${OUTLINE}"/>
<path class=row d="M0 6V330M-84 117Q0 130 84 117M-74 191Q0 204 74 191"/><image x=-188.7 y=-11.3 width=377.4 height="377.4"/><path id="mark"/>
<text x=-60 y=4 data-text=common.card_left></text><text x=60 y=4 data-text=common.card_right></text></svg>
<figcaption data-text=common.card_from_behind></figcaption></figure><div id=areas role=radiogroup></div></div>
<div><div id=timeline class=box><ol aria-hidden=true></ol><p></p><p></p></div><div id=own>${slider("strength")}${slider("session_length")}</div>${choice("programme")}${choice("flow")}${button("save", "common.card_save")}${button("consult", "common.card_consult")}
${SUMMARY}</div></div>
<div id=bar><p id=error class=box hidden></p><div>${button("start", "common.card_start", PLAY)}${button("pause", "common.card_pause", "M6 19h4V5H6zm8-14v14h4V5z")}
${button("resume", "common.card_resume", PLAY)}${button("stop", "entity.button.stop.name", "M6 6h12v12H6z")}${button("longer", "common.card_longer")}
${button("wait", "common.card_start_when")}${button("cancel", "common.card_cancel")}</div></div><div id=said aria-live=polite></div></ha-card>`;

const ACTIONS = { cancel: ["stop"], wait: ["start", { when_occupied: true }], longer: ["adjust", { minutes_step: 5 }] };

const ours = (hass) => Object.values(hass.entities).filter((each) => each.platform === DOMAIN && each.device_id);
export const entitiesOf = (hass, device) =>
	Object.fromEntries(ours(hass).flatMap((each) => (each.device_id === device ? [[each.translation_key, each.entity_id]] : [])));
export const devicesOf = (hass) => [...new Set(ours(hass).map((each) => each.device_id))];
/** Whether several people live here: what was measured is then for the person whose back it was. */
export const isShared = (hass) => Object.keys(hass.states).filter((id) => id.startsWith("person.")).length > 1;
export const nameOf = (hass, device) => hass.devices[device]?.name_by_user || hass.devices[device]?.name || "BackHug";

const view = (element) => {
	const root = element.attachShadow({ mode: "open" });
	root.innerHTML = BODY;
	const $ = (selector) => root.querySelector(selector);
	const all = (selector) => root.querySelectorAll(selector);
	let entities = {};
	let config, hass, device, name, language, labelled, timer, running, programme, described, drawn, picture, dragged;
	let fetched = 0;

	const stateOf = (key) => hass.states[entities[key]];
	const format = (key, option) => hass.formatEntityState(stateOf(key), option);
	const attributes = (key) => stateOf(key)?.attributes || {};
	/** The state, if known. */
	const value = (key) => {
		const state = stateOf(key)?.state;
		return state === "unknown" || state === "unavailable" ? undefined : state;
	};
	const time = (key) => Date.parse(value(key));
	const text = (path, values) => hass.localize(`component.${DOMAIN}.${path}`, values);
	const say = (key, values) => text(`common.${key}`, values);
	const write = (selector, content) => {
		const text = content || "";
		if ($(selector).textContent !== text) $(selector).textContent = text;
	};
	const show = (selector, shown) => {
		$(selector).hidden = !shown;
		return shown;
	};

	const call = (domain, action, data, target, response) =>
		hass.callService(domain, action, data, target || { device_id: device }, false, response);
	const set = (key, action, data) => call(entities[key].split(".")[0], action, data, { entity_id: entities[key] });
	const fire = (type, detail) => element.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
	const fail = (reason) => {
		write("#error", reason);
		show("#error", reason);
		write("#said", reason);
	};
	const run = async (control, command) => {
		const { classList } = control;
		if (classList.contains("pending") && control.id !== "stop") return;
		fail("");
		classList.remove("done");
		classList.add("pending");
		try {
			await command();
			classList.add("done");
			setTimeout(() => classList.remove("done"), 1500);
			write("#said", say("card_done"));
		} catch (error) {
			const path = `component.${error.translation_domain}.exceptions.${error.translation_key}.message`;
			fail(hass.localize(path, error.translation_placeholders) || error.message || say("card_not_sent"));
		}
		classList.remove("pending");
		update();
	};

	for (const control of all("#bar button")) {
		const [action, data] = ACTIONS[control.id] || [control.id];
		control.onclick = () => run(control, () => call(DOMAIN, `${action}_session`, data));
	}
	$("#help").onclick = ({ target }) => {
		if (value("hold_connection") === "off") return run(target, () => set("hold_connection", "turn_on"));
		history.pushState(null, "", `/config/devices/device/${device}`);
		fire("location-changed");
	};
	$("#save").onclick = () => {
		const save = $("#save");
		// A refused name is offered again, to be changed.
		const name = prompt(say("card_save"), save.value);
		if (name) run(save, () => call(DOMAIN, "save_programme", { name: (save.value = name) }).then(() => (save.value = "")));
	};
	$("#consult").onclick = () =>
		run($("#consult"), async () => {
			const { pipelines } = await hass.callWS({ type: "assist_pipeline/pipeline/list" });
			const found = pipelines.find((each) => each.conversation_engine === entities.consultant);
			if (!found) throw Error(say("card_no_assistant"));
			fire("hass-action", { action: "tap", config: { tap_action: { action: "assist", pipeline_id: found.id } } });
		});
	for (const label of all("label")) {
		const { id, lastChild: control } = label;
		const slides = control.type === "range";
		control.oninput = () => slides && showNumber((dragged = id), control.value);
		control.onchange = () => {
			dragged = undefined;
			run(label, () => (slides ? set(id, "set_value", { value: +control.value }) : set(id, "select_option", { option: control.value })));
		};
	}
	const areas = $("#areas");
	areas.onclick = ({ target }) =>
		target.value &&
		run(target, async () => {
			// A programme has its own areas: leave it.
			if (programme && (!running || $("#stop.pending,#stop.done"))) await set("programme", "select_option", { option: "none" });
			await set("area", "select_option", { option: target.value });
		});
	// Arrows only move the focus: choosing moves fingers.
	areas.onkeydown = (event) => {
		const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
		if (!step) return;
		event.preventDefault();
		const radios = [...areas.children];
		const next = radios.at((radios.indexOf(event.target) + step) % radios.length);
		for (const each of radios) each.tabIndex = each === next ? 0 : -1;
		next.focus();
	};
	const back = $("figure svg");
	back.onclick = (event) => {
		const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(back.getScreenCTM().inverse());
		areas.querySelector(`[value=${areaAt(x, y)}]`)?.click();
	};

	const load = async () => {
		language = hass.language;
		for (const category of ["entity", "exceptions", "common"]) await hass.loadBackendTranslation(category, DOMAIN);
		label();
	};
	const label = () => {
		// Another card may be loading them.
		if (!(labelled = say("card_start"))) return;
		for (const each of all("[data-text]")) each.textContent = text(each.dataset.text);
		areas.ariaLabel = text("entity.select.area.name");
		$("ha-card").style = "";
		update();
	};

	const update = () => {
		clearInterval(timer);
		if (!labelled || !element.isConnected) return;
		device = config.device || devicesOf(hass)[0];
		name = nameOf(hass, device);
		entities = entitiesOf(hass, device);
		const state = value("state");
		const ready = state === "standby";
		const ran = running;
		running = ["scanning", "treating", "paused"].includes(state);
		programme = value("programme") !== "none" && value("programme");
		const own = running || !programme;
		const armed = time("armed_until");
		write("#name", config.show_name !== false && name);
		const was = described;
		const problem = notice(state);
		if (!state) described = problem;
		else if (ready && armed) described = say("card_armed");
		else if (ready && value("occupied") === "off") described = say("card_lie_down");
		else described = format("state");
		write("h2", described);
		if (was && was !== described) {
			if (ready) fail("");
			write("#said", described);
		}
		// What has just ended comes first.
		if (ran !== running) $(ran ? "#warn" : "#consult").after($("#result"));
		const shown = {
			start: ready,
			pause: entities.pause_resume && state === "treating",
			resume: state === "paused",
			longer: running && !(value("session_length") >= attributes("session_length").max),
			wait: ready && entities.armed_until && !armed,
			cancel: armed,
			own,
			save: own && entities.programme,
			consult: entities.consultant,
		};
		for (const id in shown) show(`#${id}`, shown[id]);
		$("#stop").classList.toggle("run", running || !state);
		show("#main", state);
		showAreas(own && value("area"));
		showChoice("programme", true);
		showChoice("flow", own);
		for (const id of ["strength", "session_length"]) {
			const { min, max } = attributes(id);
			if (!show(`#${id}`, value(id)) || dragged === id || $(`#${id}.pending`)) continue;
			Object.assign($(`#${id} input`), { min, max, value: value(id) });
			showNumber(id, value(id));
		}
		showSteps();
		showSummary(ready);
		tick();
		if (running || armed) timer = setInterval(tick, 1000);
	};

	const notice = (state) => {
		const hold = value("hold_connection");
		const connected = value("connected");
		const shown = stateOf("state");
		const fault = value("fault");
		let key, help, title, reason;
		if (!hass.devices[device]) key = "card_missing";
		else if (!shown || (!hold && shown.state === "unavailable")) [key, help] = ["card_not_set_up", "card_device_page"];
		else if (hold === "off" && connected !== "on") [key, help] = ["card_released", "card_take_back"];
		else if (shown.state === "unavailable") [key, help] = ["card_unreachable", "card_device_page"];
		else if (!state) [title, reason] = [format("state"), "unknown_state"];
		else if (state === "fault") [title, reason] = [format(fault ? state : "state"), `in_fault_${fault || "unknown"}`];
		else if (connected === "off") key = "card_on_demand";
		if (!show("#warn", title || key)) return;
		title ||= say(key);
		if (show("h3", state)) write("h3", title);
		write("#warn p", reason ? text(`exceptions.${reason}.message`, { name }) : say(`${key}_help`));
		if (show("#help", help)) write("#help", say(help));
		return title;
	};

	const makeOptions = (parent, key, tag, role) => {
		const { options = [] } = attributes(key);
		const made = options.map((value) => ({ role, value, textContent: format(key, value) }));
		const current = JSON.stringify(made);
		if (parent.dataset.options === current) return;
		parent.dataset.options = current;
		parent.replaceChildren(...made.map((each) => Object.assign(document.createElement(tag), each)));
	};
	const showAreas = (chosen) => {
		makeOptions(areas, "area", "button", "radio");
		const radios = [...areas.children];
		const current = radios.find((each) => each.value === chosen);
		const focused = areas.contains(root.activeElement);
		for (const each of radios) {
			each.ariaChecked = each === current;
			if (!focused) each.tabIndex = each === (current || radios[0]) ? 0 : -1;
		}
		$("#mark").setAttribute("d", AREAS[chosen] || "");
		back.ariaLabel = `${say("card_from_behind")}: ${current?.textContent ?? ""}`;
	};
	const showChoice = (id, shown) => {
		if (!show(`#${id}`, shown && value(id)) || $(`#${id}.pending`)) return;
		makeOptions($(`#${id} select`), id, "option", null);
		$(`#${id} select`).value = value(id);
	};
	const showNumber = (id, number) => {
		const shown = id === "strength" ? `${+number} / ${attributes(id).max}` : say("card_minutes", { minutes: +number });
		write(`#${id} b`, shown);
		$(`#${id} input`).ariaValueText = shown;
	};
	const showSteps = () => {
		const step = running && +value("programme_step");
		const { steps, minutes, next_area: area, next_minutes: next } = attributes(running ? "programme_step" : "programme");
		if (!show("#timeline", running ? step : programme)) return;
		if (drawn !== (drawn = step + "/" + steps)) {
			let list = "";
			for (let each = 1; each <= steps; each++) list += `<li ${each === step ? "class=now" : each < step ? "style=--done:100%" : ""}></li>`;
			$("ol").innerHTML = list;
		}
		write("#timeline p", step ? say("card_step", { step, steps }) : say("card_programme", { steps, minutes }));
		const following = (area ? `${format("area", area)}, ` : "") + say("card_minutes", { minutes: next });
		write("#timeline p+p", next && say("card_next", { step: following }));
	};

	const showMap = () => {
		const wanted = running && value("tension") && attributes("tension_map").entity_picture;
		if (!wanted) $("image").removeAttribute("href");
		if (!wanted || (wanted === picture && (document.hidden || Date.now() < fetched + 10000))) return;
		fetched = Date.now();
		$("image").setAttribute("href", `${hass.hassUrl((picture = wanted))}&at=${fetched}`);
	};

	const showSummary = summary({
		...{ $, attributes, format, isShared, say, show, text, time, update, value, write },
		call: (action, data) => call(DOMAIN, action, data, undefined, true),
		home: () => hass,
	});

	const tick = () => {
		const now = Date.now();
		const clock = (ms) => {
			const seconds = Math.round(ms / 1000);
			return `${(seconds / 60) | 0}:${String(seconds % 60).padStart(2, "0")}`;
		};
		const armed = time("armed_until");
		const ends = armed || time("session_ends");
		const { seconds_left: seconds, pause_ends: over } = attributes("state");
		const left = ends - now || seconds * 1000;
		write("time", left > 0 && clock(left));
		write("#left", left > 0 && say(armed ? "card_waiting" : "card_left_time"));
		const paused = Date.parse(over) - now;
		if (paused > 0) write("h2", say(value("occupied") === "off" ? "card_got_up" : "card_paused", { time: clock(paused) }));
		const { ends_at: stepEnds, minutes } = attributes("programme_step");
		if (stepEnds) $(".now")?.style.setProperty("--done", `${100 - (Date.parse(stepEnds) - now) / (600 * minutes)}%`);
		showMap();
	};

	return {
		update,
		configure(given) {
			config = given;
			update();
		},
		follow(given) {
			const old = hass;
			hass = given;
			if (hass.language !== language) load();
			else if (old.localize !== hass.localize) label();
			// The frontend loads how to format later than the texts.
			else if (
				["entities", "devices", "formatEntityState"].some((key) => old[key] !== hass[key]) ||
				Object.values(entities).some((id) => old.states[id] !== hass.states[id])
			)
				update();
		},
	};
};

class BackHugCard extends HTMLElement {
	#view = view(this);

	static getConfigForm() {
		return { schema: [{ name: "device", required: true, selector: { device: { filter: { integration: DOMAIN } } } }] };
	}

	setConfig(config) {
		this.#view.configure(config);
	}

	set hass(hass) {
		this.#view.follow(hass);
	}

	set preview(preview) {
		this.toggleAttribute("preview", preview);
	}

	connectedCallback() {
		this.#view.update();
	}

	disconnectedCallback() {
		this.#view.update();
	}

	getGridOptions() {
		return { columns: "full", min_columns: 6, rows: "auto" };
	}
}

/** @param {Record<string, CustomElementConstructor>} elements */
export const define = (elements) => {
	const once = () => {
		for (const name in elements) if (!customElements.get(name)) customElements.define(name, elements[name]);
	};
	once();
	// The frontend may replace the registry as it starts.
	customElements.whenDefined("home-assistant").then(once);
};
define({ [CARD]: BackHugCard });

export const about = { name: "BackHug", documentationURL: "https://github.com/backhug-home-assistant/backhug/blob/main/docs/card.md" };
const cards = (window.customCards ??= []);
// It may load twice.
if (!cards.some(({ type }) => type === CARD))
	cards.push({
		...about,
		type: CARD,
		description: "Tap the area to treat on a picture of the back",
		preview: true,
		getEntitySuggestion: (hass, id) => {
			const device = ours(hass).find((each) => each.entity_id === id)?.device_id;
			return device ? { config: { type: `custom:${CARD}`, device } } : null;
		},
	});
