// A line over Socket.IO's WebSocket: the first choice.
//
// Every kind of line has this one form: `open({token, appliedSeq, epoch, hear, ended})` returns `{tell, ask, renew,
// close}`. `hear(event, payload, answer)` is called for what the relay says, in its order; `answer(value)` acknowledges.
// `ended({kind, code, problem})` is called once, unless `close` came first; `kind` is "refused" (by the relay itself),
// "unreachable" (it never came up) or "lost". `ask(event, payload, ms)` resolves with the answer or raises; `renew(token)`
// keeps the line with a fresh token.
import { io } from "../../vendor/socket.io.js";

const CONNECT_MS = 6000;
const NOBODY = () => {};

export function openSocketLine({ token, hear, ended }) {
  let isOver = false;
  let wasUp = false;
  const socket = io({ transports: ["websocket"], reconnection: false, forceNew: true, timeout: CONNECT_MS, auth: { token } });
  const end = (how) => {
    if (isOver) return;
    isOver = true;
    socket.disconnect();
    ended(how);
  };
  socket.on("connect", () => {
    wasUp = true;
  });
  socket.onAny((event, ...values) => {
    const answer = typeof values.at(-1) === "function" ? values.pop() : NOBODY;
    if (!isOver) hear(event, values[0], answer);
  });
  socket.on("connect_error", (failure) => {
    const problem = failure.data ?? null;
    end(problem?.code ? { kind: "refused", code: problem.code, problem } : { kind: "unreachable" });
  });
  socket.on("disconnect", () => end({ kind: wasUp ? "lost" : "unreachable" }));
  return {
    tell: (event, payload) => socket.emit(event, payload),
    ask: (event, payload, ms) => socket.timeout(ms).emitWithAck(event, payload),
    renew: (fresh) => socket.timeout(5000).emitWithAck("auth:renew", { token: fresh }),
    close() {
      isOver = true;
      socket.disconnect();
    },
  };
}
