// What has become of a scan at the bench: asked for until it has ended, at once when the live line says that it has.
import { get } from "../../console/lib/api.js";
import { Store } from "../../console/lib/store.js";

// The newest report of each scan by its id.
export const reports = new Store(new Map());

export const END_STATES = ["shown", "failed", "superseded", "expired", "dead", "cancelled"];
// Most scans have ended before the first question.
const GAPS_MS = [200, 300, 500, 1000, 1500, 2500];
const LAST_GAP_MS = 4000;
// The relay itself says that a scan is too old long before.
const LONGEST_MS = 30 * 60_000;
const followed = new Map();

export function follow(id) {
  if (followed.has(id) || END_STATES.includes(reports.value.get(id)?.state)) return;
  followed.set(id, { begun: performance.now(), asked: 0, timer: 0, isAsking: false });
  plan(id);
}

// Hear that something has happened to a scan.
export function nudge(id) {
  if (followed.has(id)) ask(id);
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
