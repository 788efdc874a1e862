// The ways in which a live line can be carried: a WebSocket; where none comes through, a stream; and else long polling.
//
// Each is `open({token, up, hear, ended})` and returns `{ask, close}`. `up()` is called once it carries, `hear(event,
// payload)` for what the relay says, `ended({isRefused})` when it is over, unless `close` came first; `isRefused` means
// that another way would hear the same. `ask(event, payload, ms)` resolves with the relay's answer or rejects.
import { io } from "../../vendor/socket.io.js";
import { get, listen, UNREACHABLE } from "./api.js";
import { parser } from "./event_stream.js";
import { mouth } from "./saying.js";

const CONNECT_MS = 6000;
const WAIT_MS = 25_000;
const GRACE_MS = 10_000;

export function openSocket({ token, up, hear, ended }) {
  const socket = io({ transports: ["websocket"], reconnection: false, forceNew: true, timeout: CONNECT_MS, auth: { token } });
  socket.on("connect", up);
  socket.onAny(hear);
  socket.on("connect_error", (failure) => ended({ isRefused: Boolean(failure.data?.code) }));
  socket.on("disconnect", () => ended({}));
  return {
    ask: (event, payload, ms) => socket.timeout(ms).emitWithAck(event, payload),
    close() {
      socket.off();
      // A line that the relay has just cut, because its session ended, takes no farewell.
      if (socket.io.engine?.transport?.ws?.readyState === WebSocket.OPEN) socket.disconnect();
      else socket.io.engine?.close();
    },
  };
}

export const openStream = spoken(async ({ said, signal }) => {
  const response = await listen("/api/events/subscribe", { signal });
  const read = parser(({ event, data }) => said(event, data ? JSON.parse(data) : undefined));
  const text = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    said(null);
    read(text.decode(value, { stream: true }));
  }
});

export const openPoll = spoken(async ({ said, signal }) => {
  let cursor = null;
  for (;;) {
    const query = new URLSearchParams({ timeoutMs: cursor === null ? 0 : WAIT_MS });
    if (cursor !== null) query.set("cursor", cursor);
    const page = await get(`/api/events/poll?${query}`, { signal, timeoutMs: WAIT_MS + GRACE_MS });
    cursor = page.cursor;
    said(null);
    for (const { event, data } of page.events) said(event, data);
  }
});

// A way down by answers of HTTP; what is said goes by requests of its own. `said(null)` tells that the line lives.
function spoken(follow) {
  return ({ up, hear, ended }) => {
    const stop = new AbortController();
    let say = null;
    let silence = null;
    let silentMs = WAIT_MS + GRACE_MS;
    const end = (how) => {
      if (stop.signal.aborted) return;
      clearTimeout(silence);
      stop.abort();
      ended(how);
    };
    const said = (event, payload) => {
      if (stop.signal.aborted) return;
      clearTimeout(silence);
      silence = setTimeout(() => end({}), silentMs);
      if (event === "hello" && !say) {
        silentMs = Math.max(silentMs, (payload.heartbeatMs ?? 0) * 3);
        say = mouth(payload.line, () => end({}));
        up();
      }
      if (event === "line:closed") end({});
      else if (event) hear(event, payload);
    };
    follow({ said, signal: stop.signal }).then(
      () => end({}),
      // The relay's own refusal; what a proxy said in its place is none.
      (problem) => end({ isRefused: Boolean(problem.status) && ![UNREACHABLE, "NOT_FOUND", "LINE_ENDED"].includes(problem.code) }),
    );
    return {
      ask: (event, payload, ms) => (say ? say(event, payload, ms) : Promise.reject(new Error("offline"))),
      close() {
        clearTimeout(silence);
        stop.abort();
      },
    };
  };
}
