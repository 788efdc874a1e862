// What happens to every code, whoever read it: camera, photo, fingers, or a scanner that types.
import { session } from "../../console/lib/api.js";
import { tell as tellScreen } from "../../console/lib/commands.js";
import { say } from "../../console/lib/i18n.js";
import { Store } from "../../console/lib/store.js";
import { join, joinProblem, takeJoin } from "../entry.js";
import { again, entries, submit } from "./sending.js";
import { choice } from "./bench.js";
import { commandOf } from "./controls.js";
import { read, readable } from "./meaning.js";
import { END_STATES, follow, note, reports } from "./progress.js";
import { Repeats } from "./sightings.js";
import { signal } from "./signals.js";
import { tell, tellProblem } from "./telling.js";

// What is told last: {entryId} of a scan, or {code, tone, title, lines} of what was none. null: nothing yet.
export const latest = new Store(null);
// Somebody has to choose a bench first.
export const benchWanted = new Store(false);

const repeats = new Repeats();
// What was scanned before a bench was chosen; it is not kept for long.
let pending = null;
const PENDING_MS = 60_000;
let nextFit = "width";

// Act on a code. `how` is "camera", "photo", "typed" or "wedge".
export function scanned(text, how) {
  const meaning = read(text, { typed: how === "typed" });
  if (how !== "typed" && meaning.kind !== "unknown" && repeats.isRepeat(JSON.stringify(meaning), performance.now())) return;
  if (how !== "typed") signal("read");
  switch (meaning.kind) {
    case "order":
      send(meaning, text);
      break;
    case "control":
      perform(meaning);
      break;
    case "join":
      goTo(meaning);
      break;
    case "pairing":
      refuse(text, say("phone.unknown.pairing"), say("phone.unknown.pairing.action"));
      break;
    default:
      refuse(
        readable(text),
        say(`phone.unknown.${meaning.reason}`, { detail: readable(meaning.detail) }),
        say(`phone.unknown.${meaning.reason}.action`),
      );
  }
}

// Show a scan again, as it was.
export function showAgain(entryId) {
  const { id } = again(entryId);
  latest.set({ entryId: id });
}

function send({ orderId, documentNumber }, code) {
  const { screenId, displayId } = choice.value;
  if (!screenId) {
    pending = { meaning: { orderId, documentNumber }, code, at: performance.now() };
    benchWanted.set(true);
    latest.set({ code: orderId, tone: "warn", title: say("phone.bench.none"), lines: [say("phone.bench.none.action")] });
    signal("wait");
    return;
  }
  const { id } = submit({ code: readable(code), orderId, documentNumber, screenId, displayId });
  nextFit = "width";
  latest.set({ entryId: id });
}

// A control is for now: it is told to the screen at once, or not at all.
async function perform(control) {
  const name = say(`phone.control.${control.verb}`, { number: control.number });
  if (control.verb === "again") {
    const last = entries.value.find(({ screenId }) => screenId === choice.value.screenId);
    if (last) showAgain(last.id);
    else refuse(name, say("phone.control.nothing"), say("phone.control.nothing.action"));
    return;
  }
  const fields = commandOf(control, nextFit);
  if (!choice.value.screenId) {
    benchWanted.set(true);
    refuse(name, say("phone.bench.none"), say("phone.bench.first"));
    return;
  }
  if (control.verb === "fit") nextFit = nextFit === "width" ? "page" : "width";
  latest.set({ code: name, tone: "wait", title: say("phone.outcome.sending"), lines: [] });
  try {
    const report = await tellScreen(choice.value.screenId, fields);
    if (report.state === "shown") {
      latest.set({ code: name, tone: "good", title: say("phone.control.done"), lines: [] });
      signal("good");
    } else {
      latest.set({ code: name, ...tell({ state: report.state }, report) });
      signal("bad");
    }
  } catch (problem) {
    latest.set({ code: name, ...tellProblem(problem) });
    signal("bad");
  }
}

// The QR of another screen: this phone goes there.
async function goTo(link) {
  if (link.host !== location.host.toLowerCase()) {
    refuse(link.host, say("phone.join.elsewhere"), say("phone.join.elsewhere.action", { host: link.host }));
    return;
  }
  try {
    await join(link);
    latest.set({ code: link.screenId, tone: "good", title: say("phone.join.done"), lines: [say("phone.join.done.detail")] });
    signal("good");
  } catch (problem) {
    joinProblem.set(problem);
    latest.set({ code: link.screenId, ...tellProblem(problem) });
    signal("bad");
  }
}

export function refuse(code, title, action) {
  latest.set({ code, tone: "bad", title, lines: [action] });
  signal("bad");
}

// Tell by sound and vibration how a scan stands, whenever that changes: also of one that was kept until the line was back.
const tones = new Map();

function listen() {
  const isFirst = tones.size === 0;
  for (const entry of entries.value) {
    if (entry.report) note(entry.report);
    const report = reports.value.get(entry.id);
    const { tone } = tell(entry, report);
    const before = tones.get(entry.id);
    tones.set(entry.id, tone);
    if (before && before !== tone && tone !== "wait") signal(tone === "warn" ? "wait" : tone);
    else if (!before && !isFirst && tone !== "wait") signal(tone === "warn" ? "wait" : tone);
    if (["accepted", "received"].includes(entry.state) && !END_STATES.includes(report?.state)) follow(entry.id);
  }
}

// Begin to follow scans; whoever signs out takes nothing along.
export function startScanner() {
  listen();
  entries.listen(listen);
  reports.listen(listen);
  session.listen((now) => now === null && latest.set(null));
  // A link that is opened while the app is open already, as an installed app is, changes its address alone.
  addEventListener("hashchange", () => {
    const link = takeJoin();
    if (link) goTo(link);
  });
  choice.listen(({ screenId }) => {
    if (!screenId || !pending) return;
    const { meaning, code, at } = pending;
    pending = null;
    if (performance.now() - at < PENDING_MS) send(meaning, code);
  });
}
