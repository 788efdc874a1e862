// What has become of a scan at the bench: asked for until it has ended, at once when the live line says that it has.
import { get } from "../../console/lib/api.js";
import { Store } from "../../console/lib/store.js";

// The newest report of each scan by its id.
export const reports = new Store(new Map());

export const END_STATES = ["shown", "failed", "superseded", "expired", "dead", "cancelled"];
// Where the live line is away, most scans have ended before the second question.
const GAPS_MS = [80, 150, 250, 500, 1000, 1500, 2500];
const LAST_GAP_MS = 4000;
const MOST_EARLY = 20;
// The relay itself says that a scan is too old long before.
const LONGEST_MS = 30 * 60_000;
const followed = new Map();
// What the live line told of before it was followed: its word may be quicker than the answer to the sending.
const early = new Set();

export function follow(id) {
  if (followed.has(id) || END_STATES.includes(reports.value.get(id)?.state)) return;
  followed.set(id, { begun: performance.now(), asked: 0, timer: 0, isAsking: false });
  if (early.delete(id)) ask(id);
  else plan(id);
}

// Hear that something has happened to a delivery, which may be a scan of this phone.
export function nudge(id) {
  if (followed.has(id)) {
    ask(id);
    return;
  }
  early.add(id);
  if (early.size > MOST_EARLY) early.delete(early.values().next().value);
}

// Hear of a report that came by itself.
export function note(report) {
  const before = reports.value.get(report.id);
  if (before === report || END_STATES.includes(before?.state)) return;
  reports.set(new Map(reports.value).set(report.id, report));
  if (END_STATES.includes(report.state)) drop(report.id);
}

export function drop(id) {
  clearTimeout(followed.get(id)?.timer);
  followed.delete(id);
}

function plan(id) {
  const own = followed.get(id);
  if (!own) return;
  if (performance.now() - own.begun > LONGEST_MS) {
    drop(id);
    return;
  }
  clearTimeout(own.timer);
  own.timer = setTimeout(() => ask(id), GAPS_MS[own.asked] ?? LAST_GAP_MS);
}

async function ask(id) {
  const own = followed.get(id);
  if (!own || own.isAsking) return;
  own.isAsking = true;
  own.asked += 1;
  try {
    note(await get(`/api/trigger/${encodeURIComponent(id)}`));
  } catch {
    // Not there yet, or the line is away: asked again.
  } finally {
    own.isAsking = false;
  }
  plan(id);
}
