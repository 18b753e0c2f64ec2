// Card of the plan of the chosen person: how far it is, when a session is due, and a button that pauses it or carries on.

import { define, DOMAIN, entitiesOf, isShared } from "./backhug-card.js";

export const PLAN = "backhug-plan-card";

const BODY = `<style>:host([hidden]){display:none}
ha-card{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;padding:12px 16px}
p{flex:1 1 14rem;margin:0;unicode-bidi:plaintext}
button{font:inherit;color:inherit;min-height:44px;padding:4px 16px;border-radius:12px;border:1px solid var(--divider-color);background:none;cursor:pointer}
</style><ha-card><p></p><button></button></ha-card>`;
const CHANGES = { followed: ["pause", "card_plan_pause"], paused: ["resume", "card_plan_resume"] };

class BackHugPlan extends HTMLElement {
	// Else it would not see a plan begin.
	connectedWhileHidden = true;
	#config;
	#hass;
	#shown;
	#language;

	setConfig(config) {
		this.#config = config;
		if (this.shadowRoot) return;
		this.attachShadow({ mode: "open" }).innerHTML = BODY;
		this.shadowRoot.querySelector("button").onclick = () => this.#change();
	}

	set hass(hass) {
		this.#hass = hass;
		if (this.#language !== (this.#language = hass.language))
			hass.loadBackendTranslation("common", DOMAIN).then(() => this.#update());
		else this.#update();
	}

	getGridOptions() {
		return { columns: "full", min_columns: 6, rows: "auto" };
	}

	#stateOf(key) {
		return this.#hass.states[entitiesOf(this.#hass, this.#config.device)[key]];
	}

	#say(key, values) {
		return this.#hass.localize(`component.${DOMAIN}.common.${key}`, values) || "";
	}

	/** The chosen person, if there is one. */
	get #person() {
		const chosen = this.#stateOf("person")?.state;
		const persons = Object.entries(this.#hass.states).filter(([id]) => id.startsWith("person."));
		return persons.map(([, { attributes }]) => attributes).find((each) => each.friendly_name === chosen);
	}

	#update() {
		const state = this.#stateOf("next_session_due");
		const { plan } = state?.attributes || {};
		const isOwn = !isShared(this.#hass) || this.#person?.user_id === this.#hass.user.id;
		const hidden = !plan || !isOwn;
		const shown = hidden ? "" : this.#described(state);
		if (this.#shown === (this.#shown = shown)) return;
		this.shadowRoot.querySelector("p").textContent = shown;
		const button = this.shadowRoot.querySelector("button");
		const [, label] = CHANGES[plan] || [];
		button.hidden = !label;
		button.textContent = this.#say(label);
		this.hidden = hidden;
		this.dispatchEvent(new CustomEvent("card-visibility-changed", { bubbles: true, composed: true, detail: { value: !hidden } }));
	}

	#described({ state, attributes }) {
		const { plan, week, weeks, sessions_done: done, sessions_advised: sessions } = attributes;
		if (plan !== "followed") return this.#say(`plan_${plan}`, { week, weeks });
		const due = Date.parse(state);
		return `${this.#say("plan_week", { week, weeks, done, sessions })} ${due ? this.#next(due, attributes) : this.#say("plan_nothing_due")}`;
	}

	#next(due, { session_minutes: minutes, session_strength: strength }) {
		const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
		// Rounded: the day on which the clocks change is an hour shorter or longer.
		const days = Math.round((midnight(due) - midnight(Date.now())) / 864e5);
		const key = days < 1 ? "today" : days < 2 ? "tomorrow" : days < 7 ? new Date(due).getDay() || 7 : "later";
		return this.#say("plan_next", { day: this.#say(`plan_day_${key}`, { days }), minutes: this.#say("minutes", { minutes }), strength });
	}

	#change() {
		const [change] = CHANGES[this.#stateOf("next_session_due").attributes.plan];
		const person = this.#person && { person: this.#person.friendly_name };
		this.#hass.callService(DOMAIN, "change_plan", { change, ...person }, { device_id: this.#config.device });
	}
}

define({ [PLAN]: BackHugPlan });
