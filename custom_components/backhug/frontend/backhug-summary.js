// Summary of the last session, a part of the BackHug card: minutes, tension before and after, where it eased most, and the sessions before.

export const SUMMARY_STYLE = `#maps{max-width:320px;margin:8px auto 0;direction:ltr}
#maps div{display:flex;justify-content:space-around}
img{display:block;width:100%;aspect-ratio:4/3;object-fit:cover}
#past svg{height:48px}
polyline{fill:none;stroke:var(--on);stroke-width:2;vector-effect:non-scaling-stroke}
button+#result{margin-top:16px}`;

export const SUMMARY = `<div id=result class=box><h3></h3><p id=change><b dir=ltr></b><br><span></span></p><p id=eased></p>
<div id=past hidden><svg preserveAspectRatio=none role=img><polyline/></svg><p></p></div><p id=rises hidden></p>
<div id=maps><div><span data-text="common.card_before"></span><span data-text="common.card_after"></span></div><img alt=""></div></div>`;

/** Return what shows the summary, with the means of the card whose part it is. */
export const summary = ({ $, attributes, call, format, home, isShared, say, show, text, time, update, value, write }) => {
	let eased, ended, seen;

	/** The sessions of the person who looks. */
	const lookBack = async () => {
		const answer = await call("get_tension", { sessions: 20 }).catch(() => null);
		const { sessions = [], rises = [] } = answer?.response.devices[0] || {};
		seen = sessions[0]?.ended;
		const regions = Object.entries(sessions[0]?.change?.regions || {});
		const [region, change] = regions.sort((a, b) => a[1] - b[1])[0] || [];
		eased = change < 0 && region;
		const past = sessions.flatMap(({ after }) => after?.back ?? []).slice(0, 10).reverse();
		if (show("#past", past.length > 1)) {
			const top = Math.max(...past) + 1;
			const svg = $("#past svg");
			svg.setAttribute("viewBox", `0 ${-top} ${past.length - 1} ${top - Math.min(...past) + 1}`);
			svg.ariaLabel = say("card_past_each", { tensions: past.join(", ") });
			$("polyline").setAttribute("points", past.map((tension, session) => [session, -tension]).join(" "));
			write("#past p", say("card_past", { count: past.length, first: past[0], last: past.at(-1) }));
		}
		const [rise] = rises;
		if (show("#rises", rise)) {
			const date = new Date(`${rise.since}T00:00`).toLocaleDateString(home().language);
			write("#rises", say(rise.region ? "card_rises_in" : "card_rises", { date, region: say(`region_${rise.region}`) }));
		}
		update();
	};

	return (ready) => {
		const last = value("last_session");
		if (!show("#result", ready && last)) return;
		const { minutes } = attributes("last_session");
		const length = minutes ? `, ${say("card_minutes", { minutes })}` : "";
		// Isolated: a date of a language that is written from right to left may follow an English name.
		write("#result h3", `${text("entity.sensor.last_session.name")}: \u2068${format("last_session")}${length}\u2069`);
		if (ended !== (ended = last + value("tension_change"))) lookBack();
		const isOwn = Math.abs(Date.parse(seen) - time("last_session")) < 1000;
		const change = (isOwn || !isShared(home())) && value("tension_change");
		if (show("#change", change)) {
			write("#change b", `${value("tension_before")} % → ${value("tension_after")} %`);
			write("#change span", say(change < 0 ? "card_less" : change > 0 ? "card_more" : "card_same", { points: Math.abs(change) }));
		}
		const map = change && attributes("tension").measured === "after" && attributes("tension_map").entity_picture;
		if (show("#maps", map) && $("img").dataset.of !== map) {
			$("img").src = home().hassUrl(($("img").dataset.of = map));
			$("img").alt = attributes("tension_map").description;
		}
		if (show("#eased", isOwn && change && eased)) write("#eased", say("card_eased", { region: say(`region_${eased}`) }));
	};
};
