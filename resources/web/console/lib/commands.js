// What a person tells a screen to do, and in one sentence what became of it.
import { post } from "./api.js";
import { relayNow } from "./clock.js";
import { say } from "./i18n.js";

const WAIT_MS = 8000;
// A button is pressed for now: what a bench cannot do within this time it shall not do later by surprise.
const NOW_MS = 15_000;

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Without TLS a browser does not offer it (RFC 9562, section 5.4).
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// Returns the delivery's report when it has ended, or as it stands after eight seconds.
export async function tell(screenId, fields) {
  const body = {
    id: newId(),
    screenId,
    timestamp: relayNow(),
    ...(fields.command ? { expiresInMs: NOW_MS } : {}),
    ...fields,
  };
  return post(`/api/trigger?wait=shown&timeoutMs=${WAIT_MS}`, body, { timeoutMs: 30_000 });
}

export const TONES = {
  waiting: "wait",
  sent: "wait",
  received: "wait",
  shown: "good",
  failed: "bad",
  superseded: "plain",
  expired: "bad",
  dead: "bad",
  cancelled: "plain",
};

export const STATES = Object.keys(TONES);

export function stateWord(state, verb = "navigate") {
  return state === "shown" && verb && verb !== "navigate" ? say("console.delivery.done") : say(`console.delivery.state.${state}`);
}

export function verbWord(verb) {
  return verb ? say(`console.delivery.verb.${verb}`) : "";
}

export function isGood(report) {
  return report.state === "shown";
}

// "3번 작업대: 화면 2에 표시됨, 61 ms", or why not and what to do.
export function sentenceOf(report, name) {
  const parts = [stateWord(report.state, report.verb)];
  if (isGood(report)) {
    if (report.display && report.verb === "navigate") parts.push(monitorWord(report.display));
    if (report.revision) parts.push(say("console.delivery.revision", { revision: report.revision }));
  } else {
    parts.push(report.detail, report.action);
  }
  return `${name}: ${parts.filter(Boolean).join(" · ")}`;
}

export function monitorWord(display) {
  return say("console.delivery.monitor", { number: display.index + 1, name: display.name ?? "" }).trim();
}
