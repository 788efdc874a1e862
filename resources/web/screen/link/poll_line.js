// A line by long polling: for networks whose proxies hold a stream back until it ends. The last choice.
import { posted } from "./posted.js";
import { ask } from "./request.js";
import { asEnd } from "./stream_line.js";

const WAIT_MS = 25_000;
const GRACE_MS = 10_000;

export function openPollLine({ token, appliedSeq, epoch, hear, ended }) {
  let now = token;
  let isOver = false;
  let wasUp = false;
  const stop = new AbortController();
  const speaking = posted(() => now);
  const end = (how) => {
    if (isOver) return;
    isOver = true;
    stop.abort();
    ended(how);
  };
  const poll = async () => {
    let cursor = null;
    while (!isOver) {
      const query = new URLSearchParams({ timeoutMs: cursor === null ? 0 : WAIT_MS });
      if (cursor !== null) query.set("cursor", cursor);
      else if (epoch) query.set("lastEventId", `${epoch}:${appliedSeq}`);
      const options = { token: now, timeoutMs: WAIT_MS + GRACE_MS, signal: stop.signal };
      const page = await ask("GET", `/api/events/poll?${query}`, options);
      cursor = page.cursor;
      for (const { event, data } of page.events) {
        if (event === "hello") {
          wasUp = true;
          speaking.begins(data);
        }
        hear(event, data, (value) => speaking.answer(value));
      }
    }
  };
  poll().catch((problem) => end(asEnd(problem, wasUp)));
  return {
    tell: speaking.tell,
    ask: speaking.ask,
    async renew(fresh) {
      now = fresh;
      return { success: true };
    },
    close() {
      isOver = true;
      stop.abort();
    },
  };
}
