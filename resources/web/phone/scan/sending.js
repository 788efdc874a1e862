// Sends scans and keeps them until they have ended. (What is kept beyond the page is the queue's.)
import { post } from "../../console/lib/api.js";
import { relayNow } from "../../console/lib/clock.js";
import { newId } from "../../console/lib/commands.js";
import { Store } from "../../console/lib/store.js";
import { END_STATES } from "./progress.js";

export const entries = new Store([]);
const WAIT_MS = 8000;

export function submit(trigger) {
  const entry = { ...trigger, id: newId(), at: relayNow(), state: "sending" };
  entries.set([entry, ...entries.value].slice(0, 50));
  send(entry);
  return { id: entry.id };
}

export function again(id) {
  const { code, orderId, documentNumber, screenId, displayId } = entries.value.find((each) => each.id === id);
  return submit({ code, orderId, documentNumber, screenId, displayId });
}

export function forget(id) {
  entries.set(entries.value.filter((each) => each.id !== id));
}

async function send({ id, at, orderId, documentNumber, screenId, displayId }) {
  const body = { id, screenId, orderId, timestamp: at };
  if (documentNumber) body.documentNumber = documentNumber;
  if (displayId) body.displayId = displayId;
  try {
    const report = await post(`/api/trigger?wait=shown&timeoutMs=${WAIT_MS}`, body, { timeoutMs: 30_000 });
    change(id, { report, state: END_STATES.includes(report.state) ? report.state : "received" });
  } catch (problem) {
    change(id, { problem, state: "failed" });
  }
}

function change(id, fields) {
  entries.set(entries.value.map((each) => (each.id === id ? { ...each, ...fields } : each)));
}
