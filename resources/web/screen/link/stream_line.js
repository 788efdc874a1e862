// A line as a stream of Server-Sent Events, read by fetch because EventSource cannot carry the token: for networks that
// let no WebSocket through. What the screen says goes as requests of its own.
import { parser } from "../../console/lib/event_stream.js";
import { posted } from "./posted.js";
import { send } from "./request.js";

// Without a heartbeat for so long the stream is given up; the relay's hello may name a shorter time.
const SILENT_MS = 40_000;

export function openStreamLine({ token, appliedSeq, epoch, hear, ended }) {
  let now = token;
  let isOver = false;
  let wasUp = false;
  let silence = null;
  let silentMs = SILENT_MS;
  const stop = new AbortController();
  const speaking = posted(() => now);
  const end = (how) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(silence);
    stop.abort();
    ended(how);
  };
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => end({ kind: wasUp ? "lost" : "unreachable" }), silentMs);
  };
  const said = ({ event, data }) => {
    const payload = data ? JSON.parse(data) : undefined;
    if (event === "hello") {
      wasUp = true;
      speaking.begins(payload);
      if (payload?.heartbeatMs) silentMs = payload.heartbeatMs * 3;
    }
    hear(event, payload, (value) => speaking.answer(value));
  };
  const read = async () => {
    const headers = { Accept: "text/event-stream" };
    if (epoch) headers["Last-Event-ID"] = `${epoch}:${appliedSeq}`;
    alive();
    const response = await send("GET", "/api/events/subscribe", { token: now, headers, timeoutMs: 0, signal: stop.signal });
    const reader = response.body.getReader();
    const parse = parser(said);
    const text = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      parse(text.decode(value, { stream: true }));
    }
  };
  read().then(
    () => end({ kind: wasUp ? "lost" : "unreachable" }),
    (problem) => end(asEnd(problem, wasUp)),
  );
  return {
    tell: speaking.tell,
    ask: speaking.ask,
    async renew(fresh) {
      now = fresh;
      return { success: true };
    },
    close() {
      isOver = true;
      clearTimeout(silence);
      stop.abort();
    },
  };
}

export function asEnd(problem, wasUp) {
  const isOurs = problem.status && !["UNREACHABLE", "NOT_FOUND", "LINE_ENDED"].includes(problem.code);
  if (isOurs) return { kind: "refused", code: problem.code, problem };
  return { kind: wasUp ? "lost" : "unreachable" };
}
