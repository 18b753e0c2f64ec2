// The page of the kit: notes on one side, what the server found on the other.
"use strict";

const byId = (id) => document.getElementById(id);
const AREAS = ["full_back", "upper_back", "mid_back", "lower_back", "shoulder_blades", "along_spine", "left_side", "right_side"];
const PAD = {
  Session: [["start"], ["pause"], ["resume"], ["stop"]],
  Strength: [["strength_down"], ["strength_up"], ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((level) => ["strength", level])],
  Area: AREAS.map((area) => ["area", area]),
  Flow: ["slow", "medium", "fast", "wave", "pulse"].map((flow) => ["flow", flow]),
  Minutes: [5, 10, 15, 20, 25, 30, 45, 60].map((minutes) => ["minutes", minutes]),
};
const NAMES = { strength_down: "softer", strength_up: "stronger" };
const KEY = "backhug-kit-notes";

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// Notes

let notes = JSON.parse(localStorage.getItem(KEY) ?? "[]");

function csv() {
  return ["time,action,value", ...notes.map(([time, action, value]) => `${time.toFixed(2)},${action},${value ?? ""}`)].join("\n") + "\n";
}

function showNotes() {
  localStorage.setItem(KEY, JSON.stringify(notes));
  byId("notes").value = notes.length ? csv() : "";
  const last = notes.at(-1);
  const said = last ? `${notes.length} notes; the last: ${NAMES[last[1]] ?? last[1]} ${last[2] ?? ""}`.trim() : "No notes yet.";
  byId("since").textContent = said;
}

let waiting = 0;

function take(changed) {
  notes = changed;
  showNotes();
  // Sent once nothing is pressed for a moment, so that a press never waits.
  clearTimeout(waiting);
  waiting = setTimeout(sendNotes, 1500);
}

async function sendNotes() {
  clearTimeout(waiting);
  const text = byId("notes").value;
  if (text.trim()) await ask("notes-error", "/api/notes", text);
}

function buildPad() {
  for (const [name, buttons] of Object.entries(PAD)) {
    const row = element("div", {}, element("b", { textContent: name }));
    for (const [action, value] of buttons) {
      const text = String(value ?? NAMES[action] ?? action).replace("_", " ");
      const button = element("button", { type: "button", textContent: text, className: action === "stop" ? "stop" : "" });
      button.addEventListener("click", () => take([...notes, [Date.now() / 1000, action, value]]));
      row.append(button);
    }
    byId("pad").append(row);
  }
}

function save(text, name) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

// The server

async function ask(errorId, path, body) {
  document.body.classList.add("busy");
  byId(errorId).textContent = "";
  try {
    const response = await fetch(path, body === undefined ? {} : { method: "POST", body });
    const data = await response.json();
    if (response.ok) show(data);
    else byId(errorId).textContent = data.error;
    return response.ok;
  } catch {
    byId(errorId).textContent = "The kit does not answer. Is it still running?";
    return false;
  } finally {
    document.body.classList.remove("busy");
  }
}

function judge(path, verdict, value) {
  return ask(`error-${path}`, "/api/verdict", JSON.stringify({ path, verdict, value }));
}

function openCapture(file) {
  if (file) ask("capture-error", `/api/capture?name=${encodeURIComponent(file.name)}`, file);
}

// What was found

function show(data) {
  const { capture } = data;
  byId("device").hidden = byId("found").hidden = byId("result").hidden = !capture || !data.devices?.length;
  if (!capture) return;
  byId("capture").textContent = `${capture.name}: ${capture.kind}, ${capture.packets} packets. ${capture.remarks.join(" ")}`;
  if (!data.devices.length) byId("capture").textContent += " The phone was connected to no device while it recorded.";
  byId("devices").replaceChildren(...data.devices.map(showDevice));
  showTable("table", ["service", "characteristic", "handle", "can"], (data.table ?? []).map((row) =>
    [row.service, row.uuid, `0x${row.handle.toString(16).padStart(4, "0")}`, row.abilities.join(", ")]));
  if (!data.proposals) return;
  byId("alignment").textContent = data.alignment || (data.notes ? "" : "There are no notes yet: only the frames can be found.");
  byId("remarks").replaceChildren(...data.remarks.map((text) => element("li", { textContent: text })));
  showTable("presses", ["second", "pressed", "written"], data.presses.map((row) => [row.time, row.label, row.payloads.join("  |  ") || "nothing"]));
  showProposals(data.proposals);
  showBox("blocking", "bad", "There is no description yet", data.blocking);
  if (data.blocking.some((text) => text.startsWith("Confirm stop"))) {
    byId("blocking").append(element("a", { href: "#commands.stop", textContent: "Show stop" }));
  }
  showBox("missing", "", "The device will lack", data.missing);
  showBox("playback", data.playback.wrong.length ? "bad" : "good", "Played back against the capture", [...data.playback.wrong, ...data.playback.lines]);
  byId("description").textContent = data.description;
  byId("download").disabled = !data.description;
}

function showDevice(device) {
  const choice = element("input", { type: "radio", name: "device", checked: device.chosen });
  choice.addEventListener("change", () => ask("capture-error", "/api/device", JSON.stringify({ key: device.key })));
  const name = ` ${device.name || "(no name)"} · ${device.key}`;
  return element("label", { className: "candidate" }, choice, name, element("small", { textContent: device.reasons.join("; ") }));
}

function showTable(id, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { textContent: text, scope: "col" })));
  byId(id).replaceChildren(head, ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", { textContent: text })))));
}

function showBox(id, kind, title, lines) {
  const box = byId(id);
  box.className = lines.length ? `box ${kind}` : "";
  box.replaceChildren();
  if (lines.length) box.append(element("b", { textContent: title }), element("ul", {}, ...lines.map((text) => element("li", { textContent: text }))));
}

function showProposals(proposals) {
  // An answer may come while somebody types: their text and their place in it stay.
  const typed = document.activeElement;
  const path = typed instanceof HTMLTextAreaElement && typed.closest(".proposal")?.id;
  byId("proposals").replaceChildren(...proposals.map(showProposal));
  const area = path && document.querySelector(`[id="${path}"] textarea`);
  if (!area) return;
  area.value = typed.value;
  area.focus();
  area.setSelectionRange(typed.selectionStart, typed.selectionEnd);
}

function showProposal(proposal) {
  const area = element("textarea", { defaultValue: JSON.stringify(proposal.value), rows: 1, spellcheck: false });
  area.setAttribute("aria-label", proposal.title);
  area.addEventListener("blur", () => {
    if (area.value === area.defaultValue) return;
    try {
      judge(proposal.path, "corrected", JSON.parse(area.value));
    } catch {
      byId(`error-${proposal.path}`).textContent = "Keep the quotes, commas and brackets as they were.";
    }
  });
  const say = element("div", { className: "say" });
  const verdicts = [["accepted", "Accept"], ["proposed", "Tentative"], ["open", "Leave out"]];
  for (const [verdict, text] of verdicts) {
    const button = element("button", { type: "button", textContent: text });
    const pressed = proposal.verdict === verdict || (verdict === "accepted" && proposal.verdict === "corrected");
    button.setAttribute("aria-pressed", String(pressed));
    button.addEventListener("click", () => judge(proposal.path, verdict));
    say.append(button);
  }
  const bar = element("span", { className: "bar" }, element("i"));
  bar.firstChild.style.width = `${Math.round(proposal.confidence * 100)}%`;
  const title = element("h3", {}, proposal.title, bar, element("small", { textContent: proposal.verdict === "corrected" ? "corrected" : "" }));
  return element("div", { className: `proposal ${proposal.verdict}`, id: proposal.path }, title, say,
    element("p", { textContent: proposal.evidence }), element("div", { className: "value" }, area,
      element("p", { className: "error", id: `error-${proposal.path}`, role: "alert" })));
}

buildPad();
showNotes();
byId("undo").addEventListener("click", () => take(notes.slice(0, -1)));
byId("clear").addEventListener("click", () => { if (confirm("Delete all notes?")) take([]); });
byId("save").addEventListener("click", () => save(byId("notes").value, "notes.csv"));
byId("use-notes").addEventListener("click", sendNotes);
byId("notes-file").addEventListener("change", async ({ target }) => {
  const file = target.files[0];
  if (!file) return;
  clearTimeout(waiting);
  byId("notes").value = await file.text();
  if (await ask("notes-error", "/api/notes", byId("notes").value)) byId("since").textContent = `Notes of ${file.name}.`;
});
byId("capture-file").addEventListener("change", ({ target }) => openCapture(target.files[0]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  byId("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    byId("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop") openCapture(event.dataTransfer.files[0]);
  });
}
byId("download").addEventListener("click", () => save(byId("description").textContent, "my-backhug.yaml"));
ask("capture-error", "/api/state");
