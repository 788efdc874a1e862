// The scans of this phone: written down first, then sent, each with its first id, until it is known what became of it.
//
// How it works: `submit` writes a scan down and starts the round. A round (one at a time over all tabs, by a lock) decides
// about everything that has not ended: what is too old has expired; of several for one screen's window the last one is
// wanted, and the others are superseded, which is told; what may have been sent before is asked for, unless it is the
// last. Then the last is sent. Sending twice does no harm, because the relay knows the id; each scan is locked all the same.
//
// What must always hold: a scan leaves this book only by its person's own hand, or, long ended, by fifty newer ones. It is
// sent for whoever scanned it and for nobody else.
import { get, post, resume, session } from "../../console/lib/api.js";
import { relayNow } from "../../console/lib/clock.js";
import { newId } from "../../console/lib/commands.js";
import { isLive } from "../../console/lib/live.js";
import { Store } from "../../console/lib/store.js";
import { keep, kept } from "../kept.js";
import { END_STATES, reports } from "../scan/progress.js";
import { ageOf, stamp } from "./age.js";
import { meaningOf, whyAway } from "./answers.js";
import { Backoff } from "./backoff.js";
import * as book from "./book.js";
import { exclusively } from "./locks.js";
import { ascertain, ownerOf } from "./remembered.js";

// Newest first: {id, code, orderId, documentNumber, screenId, displayId, at, state, reason?, report?, problem?}. `state` is
// sending, waiting (with the reason), accepted by the relay, received by the bench, or an end: shown, failed, superseded,
// expired, dead, cancelled.
export const entries = new Store([]);

const KEPT = 50;
// Without an answer for so long, nobody is there; it is sent again, and the relay knows the id.
const SILENT_MS = 8000;
const MINUTE_MS = 60_000;
const FIELDS = ["orderId", "documentNumber", "documentId", "screenId", "displayId", "windowId"];
const byNewest = (one, other) => other.order - one.order;
const isOpen = ({ state }) => state === "sending" || state === "waiting";
const isOver = ({ state }) => END_STATES.includes(state);
const slotOf = ({ screenId, windowId = "main" }) => `${screenId.toLowerCase()} ${windowId}`;
const others = globalThis.BroadcastChannel ? new BroadcastChannel("benchcast-scans") : null;
const backoff = new Backoff(() => round());

export const AGES = [2, 5, 10, 30, 60];
export const longestMinutes = () => kept("queue_minutes", 10);
export const setLongestMinutes = (minutes) => keep("queue_minutes", minutes);

// What was submitted this moment and is not in the book yet.
const unwritten = new Map();

export function submit(trigger) {
  const scan = { ...trigger, id: newId(), ...stamp(), state: "sending", owner: ownerOf(), tries: 0 };
  unwritten.set(scan.id, scan);
  entries.set([scan, ...entries.value]);
  write(scan).then(round);
  return { id: scan.id };
}

// What ended, or never left, once more: a new scan with an id of its own.
export function again(id) {
  const scan = entries.value.find((each) => each.id === id);
  return submit(Object.fromEntries(["code", ...FIELDS].map((name) => [name, scan[name]])));
}

export async function forget(id) {
  await change((_scans, _put, drop) => drop(id));
}

async function write(scan) {
  await change((scans, put) => {
    const own = scans.filter(({ owner }) => owner === scan.owner);
    for (const each of own) if (each.state === "waiting" && slotOf(each) === slotOf(scan)) put(replaced(each, scan));
    put({ ...scan, order: 1 + Math.max(0, ...scans.map(({ order }) => order)) });
    unwritten.delete(scan.id);
  });
}

// What waits makes room for what is wanted now. Whether it had left already is asked for when that can be asked.
const replaced = (scan, { id }) => ({ ...scan, state: "superseded", by: id, isUnsure: scan.tries > 0 });

async function change(work) {
  const result = await book.change((scans, put, drop) => {
    const result = work(scans, put, drop);
    const ended = scans.filter(isOver).sort(byNewest);
    for (const { id } of ended.slice(KEPT)) drop(id);
    return result;
  });
  others?.postMessage("changed");
  await draw();
  return result;
}

const update = (id, fields) =>
  change((scans, put) => {
    const scan = scans.find((each) => each.id === id);
    if (scan && (scan.isUnsure || !isOver(scan))) put({ ...scan, ...fields });
  });

async function draw() {
  const owner = ownerOf();
  const found = (await book.all()).filter((each) => each.owner === owner);
  const fresh = [...unwritten.values()].filter((each) => each.owner === owner).reverse();
  entries.set([...fresh, ...found.sort(byNewest)]);
}

let running = false;
let isWanted = false;

// One round over what has not ended; one more behind it, if something happened meanwhile.
async function round() {
  isWanted = true;
  if (running) return;
  running = true;
  try {
    while (isWanted) {
      isWanted = false;
      const owner = ownerOf();
      if (owner) await exclusively("benchcast-round", () => decide(owner));
    }
  } finally {
    running = false;
  }
}

async function decide(owner) {
  const longestMs = longestMinutes() * MINUTE_MS;
  const open = (await book.all()).filter((each) => each.owner === owner && (each.isUnsure || isOpen(each)));
  if (!open.some(isOpen)) {
    backoff.rest();
    return;
  }
  try {
    await ascertain();
  } catch {
    for (const { id } of open.filter(isOpen)) await later(id, whyAway());
    await expire(open.filter(isOpen), longestMs);
    backoff.later();
    return;
  }
  if (ownerOf() !== owner) return;
  const last = new Map();
  for (const each of open.sort(byNewest).reverse()) last.set(slotOf(each), each);
  for (const scan of open) {
    if (scan.isUnsure) await makeSure(scan);
    else if (last.get(slotOf(scan)) !== scan) await makeRoom(scan, last.get(slotOf(scan)));
    else if (ageOf(scan) <= longestMs) await send(scan, longestMs);
    else {
      await expire([scan], longestMs);
      if (scan.tries) await makeSure(scan);
    }
  }
}

// A scan that a later one replaces: it is not sent any more. What may have arrived is asked for, so that the truth is told.
async function makeRoom(scan, later) {
  await update(scan.id, replaced(scan, later));
  if (scan.tries) await makeSure(scan);
}

async function makeSure(scan) {
  if ((await isKnownThere(scan)) === false) await update(scan.id, { isUnsure: false });
}

async function expire(scans, longestMs) {
  for (const scan of scans) if (ageOf(scan) > longestMs) await update(scan.id, { state: "expired", isUnsure: scan.tries > 0 });
}

const later = (id, reason) => update(id, { state: "waiting", reason });

// Whether the relay has it already: then what it says is taken over. null while that cannot be asked: it stays as it is.
async function isKnownThere({ id, tries }) {
  if (!tries) return false;
  try {
    await hear(id, await get(`/api/trigger/${encodeURIComponent(id)}`));
    return true;
  } catch (problem) {
    return problem.status === 404 ? false : null;
  }
}

function send(scan, longestMs) {
  return exclusively(`benchcast-scan-${scan.id}`, async () => {
    // Another tab may have sent it while this one waited for its turn.
    const now = (await book.all()).find(({ id }) => id === scan.id);
    if (!now || !isOpen(now)) return;
    await update(scan.id, { state: "sending", tries: now.tries + 1 });
    const body = Object.fromEntries(FIELDS.filter((name) => now[name]).map((name) => [name, now[name]]));
    let mended = 0;
    for (;;) {
      try {
        await hear(scan.id, await deliver({ ...body, id: scan.id }));
        backoff.rest();
        return;
      } catch (problem) {
        const meaning = meaningOf(problem);
        if (meaning.kind === "mend" && mended < 2) {
          mended += 1;
          // The answer's own date has set the clock; whose page this is, the relay says anew.
          if (meaning.reason === "csrf") await resume().catch(() => {});
          if (ageOf(now) <= longestMs) continue;
        }
        if (meaning.kind === "wait") {
          await later(scan.id, meaning.reason);
          if (meaning.reason !== "session") backoff.later(meaning.afterMs);
        } else {
          const { code, title, detail, action, status } = problem;
          await update(scan.id, { state: "failed", problem: { code, title, detail, action, status } });
        }
        return;
      }
    }
  }, { isPatient: false });
}

// Only until the relay has it on its disk: what becomes of it then is followed (scan/progress.js), and the next may be sent.
const deliver = (body) => post("/api/trigger", { ...body, timestamp: relayNow() }, { timeoutMs: SILENT_MS });

function hear(id, report) {
  const { state } = report;
  // `waiting` and `sent` are for this moment alone; a bench that is not there, the followed report tells.
  const isNews = END_STATES.includes(state) || state === "received";
  const fields = isNews ? { report, state } : { state: "accepted" };
  return update(id, { ...fields, reason: undefined, isUnsure: false });
}

// What the live line tells of scans is written down, too.
reports.listen((known) => {
  for (const entry of entries.value) {
    const report = known.get(entry.id);
    if (report && !isOver(entry) && END_STATES.includes(report.state)) hear(entry.id, report);
  }
});
session.listen(() => draw().then(round));
isLive.listen((now) => now && backoff.now());
others?.addEventListener("message", draw);
addEventListener("online", () => backoff.now());
addEventListener("offline", () => round());
addEventListener("pageshow", () => backoff.now());
document.addEventListener("visibilitychange", () => document.hidden || backoff.now());
// What grows too old while nobody asks is told, too.
setInterval(() => entries.value.some(({ state }) => state === "waiting") && round(), 15_000);
draw().then(round);
