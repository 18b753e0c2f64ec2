// Strategies that make a section and a dashboard of BackHugs, with Home Assistant's own cards and the BackHug card.

import { about, CARD, define, devicesOf, DOMAIN, entitiesOf, isShared, nameOf } from "./backhug-card.js";
import { PLAN } from "./backhug-plan.js";

const cardsOf = (hass) => (device) => {
	const entities = entitiesOf(hass, device);
	const one = (type, key, more) => (entities[key] ? [{ type, entity: entities[key], name: { type: "entity" }, ...more }] : []);
	// These statistics are the device's: whoever lay there.
	const graph = isShared(hass) ? [] : ["tension_before", "tension_after"].flatMap((key) => entities[key] || []);
	const full = { grid_options: { columns: "full" } };
	return [
		{
			type: "heading",
			heading: nameOf(hass, device),
			icon: "mdi:human-handsdown",
			badges: [...one("entity", "occupied"), ...one("entity", "leg_rest")],
		},
		{ type: `custom:${CARD}`, device, show_name: false },
		...(entities.next_session_due ? [{ type: `custom:${PLAN}`, device }] : []),
		...one("tile", "minutes_treated", full),
		...(graph.length
			? [
					{
						type: "statistics-graph",
						entities: graph,
						stat_types: ["mean"],
						period: "day",
						days_to_show: 30,
						// Before the first measured session there are none.
						visibility: [{ condition: "state", entity: graph[0], state_not: "unknown" }],
						...full,
					},
				]
			: []),
		...one("tile", "hold_connection", { features: [{ type: "toggle" }], features_position: "inline", ...full }),
	];
};
const section = (hass, devices) => ({ type: "grid", cards: devices.flatMap(cardsOf(hass)) });

class BackHugSection extends HTMLElement {
	static registryDependencies = ["entities", "devices"];

	static getStubConfig() {
		return { type: `custom:${DOMAIN}` };
	}

	// Else YAML is shown.
	static getConfigElement() {
		return Object.assign(document.createElement("p"), { setConfig() {} });
	}

	/** @returns {any} */
	static generate(config, hass) {
		return section(hass, [config.device || devicesOf(hass)].flat());
	}
}

class BackHugDashboard extends BackHugSection {
	static generate(_, hass) {
		return { views: [{ title: "BackHug", type: "sections", max_columns: 3, sections: devicesOf(hass).map((device) => section(hass, [device])) }] };
	}
}

define({ "ll-strategy-section-backhug": BackHugSection, "ll-strategy-dashboard-backhug": BackHugDashboard });

const strategies = (window.customStrategies ??= []);
// It may load twice.
if (!strategies.some(({ type }) => type === DOMAIN))
	for (const strategyType of ["section", "dashboard"]) strategies.push({ ...about, type: DOMAIN, strategyType, description: "Everything that a BackHug offers" });
