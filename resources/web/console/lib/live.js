// The live line: what changes at the relay arrives here, so that no page asks every second.
import { io } from "../../vendor/socket.io.js";
import { post, session } from "./api.js";
import { useEffect } from "./html.js";
import { Store } from "./store.js";

export const isLive = new Store(false);

const RENEW_SHARE = 0.7;
const listeners = new Map();
let socket = null;
let renewal = null;

async function ticket() {
  return post("/api/auth/browser/socket");
}

function open() {
  socket = io({
    transports: ["websocket"],
    reconnectionDelay: 200,
    reconnectionDelayMax: 5000,
    auth: (give) => {
      ticket().then(
        ({ token, expiresIn }) => {
          renew(expiresIn);
          give({ token });
        },
        () => give({}),
      );
    },
  });
  socket.on("connect", () => isLive.set(true));
  socket.on("disconnect", (reason) => {
    isLive.set(false);
    if (reason === "io server disconnect" && session.value) setTimeout(() => socket?.connect(), 1000);
  });
  socket.on("connect_error", () => {
    isLive.set(false);
    // Refused by the relay itself: socket.io does not come back by itself then.
    if (socket && !socket.active && session.value) setTimeout(() => socket?.connect(), 3000);
  });
  socket.onAny((event, payload) => {
    for (const listener of listeners.get(event) ?? []) listener(payload);
  });
}

function renew(expiresIn) {
  clearTimeout(renewal);
  renewal = setTimeout(async () => {
    try {
      const next = await ticket();
      socket?.emit("auth:renew", { token: next.token });
      renew(next.expiresIn);
    } catch {
      // The relay will cut the line when the ticket has expired, and the next connect tells why.
    }
  }, expiresIn * 1000 * RENEW_SHARE);
}

function close() {
  clearTimeout(renewal);
  socket?.io.reconnection(false);
  // A line that the relay has just cut, because its session ended, takes no farewell.
  if (socket?.io.engine?.transport?.ws?.readyState === WebSocket.OPEN) socket.disconnect();
  else socket?.io.engine?.close();
  socket = null;
  isLive.set(false);
}

// The line lives as long as somebody is signed in.
export function startLive() {
  let user = null;
  const follow = (now) => {
    const name = now?.user?.name ?? now?.name ?? null;
    if (name === user) return;
    user = name;
    close();
    if (user !== null) open();
  };
  session.listen(follow);
  follow(session.value);
}

export function ask(event, payload, timeoutMs = 5000) {
  return socket ? socket.timeout(timeoutMs).emitWithAck(event, payload) : Promise.reject(new Error("offline"));
}

// Call `listener(payload)` for every event of that name while the component is there.
export function useLive(event, listener) {
  useEffect(() => {
    const set = listeners.get(event) ?? new Set();
    listeners.set(event, set);
    set.add(listener);
    return () => set.delete(listener);
  }, [event, listener]);
}

// Call `listener()` whenever the line has come back: what was missed has to be asked for.
export function useReturn(listener) {
  useEffect(() => isLive.listen((now) => now && listener()), [listener]);
}
