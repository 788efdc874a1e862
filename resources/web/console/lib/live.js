// The live line: what changes at the relay arrives here, so that no page asks every second.
//
// How it works: as long as somebody is signed in there is one line, or the next is tried; by WebSocket, and where none
// comes through as a stream or by long polling. The way that carried last is tried first; on a lesser one it is looked
// from time to time whether a WebSocket comes up by now.
import { post, session } from "./api.js";
import { useEffect } from "./html.js";
import { openPoll, openSocket, openStream } from "./lines.js";
import { socketWorks } from "./socket_probe.js";
import { Store } from "./store.js";

export const isLive = new Store(false);

const OPEN = { socket: openSocket, stream: openStream, poll: openPoll };
const KINDS = Object.keys(OPEN);
const HELLO_MS = 8000;
const RENEW_SHARE = 0.7;
const FIRST_MS = 200;
const LONGEST_MS = 5000;
const LOOK_FIRST_MS = 20_000;
const LOOK_LONGEST_MS = 15 * 60_000;
// Browsers hold six connections to a relay without HTTP/2; pages that nobody sees do not take them all with streams.
const HIDDEN_MS = 60_000;
const listeners = new Map();
let held = null;

async function ticket() {
  return post("/api/auth/browser/socket");
}

// One line after the other, until `run.isOver`.
async function live(run) {
  let kind = "socket";
  let wait = FIRST_MS;
  while (!run.isOver) {
    let how = {};
    const first = KINDS.indexOf(kind);
    for (const each of [...KINDS.slice(first), ...KINDS.slice(0, first)]) {
      how = await hold(run, each);
      if (run.isOver) return;
      if (how.wasUp) {
        kind = how.next ?? each;
        wait = FIRST_MS;
      }
      if (how.wasUp || how.isRefused) break;
    }
    if (how.isHidden) await shown();
    else if (!how.next) await pause(run, wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_MS);
  }
}

// One line of this kind, from its first attempt to its end.
async function hold(run, kind) {
  let granted;
  try {
    granted = await ticket();
  } catch {
    return { isRefused: true };
  }
  if (run.isOver) return {};
  return new Promise((resolve) => {
    const timers = {};
    const set = (name, work, ms) => {
      clearTimeout(timers[name]);
      timers[name] = setTimeout(work, ms);
    };
    let wasUp = false;
    let line = null;
    const end = (how = {}) => {
      if (run.end !== end) return;
      run.end = run.line = null;
      document.removeEventListener("visibilitychange", seen);
      Object.values(timers).forEach(clearTimeout);
      line?.close();
      isLive.set(false);
      resolve({ wasUp, ...how });
    };
    const seen = () => {
      if (document.hidden) set("hidden", () => end({ isHidden: true }), HIDDEN_MS);
      else clearTimeout(timers.hidden);
    };
    const renew = (expiresIn) => {
      set("renew", async () => {
        try {
          const next = await ticket();
          await line.ask("auth:renew", { token: next.token }, 5000);
          renew(next.expiresIn);
        } catch {
          // The relay will cut the line when the ticket has expired, and the next one tells why.
        }
      }, expiresIn * 1000 * RENEW_SHARE);
    };
    const lookAgain = (ms) => {
      set("look", async () => {
        const works = await socketWorks();
        if (works) end({ next: "socket" });
        else if (run.end === end) lookAgain(Math.min(ms * 3, LOOK_LONGEST_MS));
      }, ms);
    };
    const up = () => {
      wasUp = true;
      clearTimeout(timers.hello);
      renew(granted.expiresIn);
      if (kind !== "socket") {
        lookAgain(LOOK_FIRST_MS);
        document.addEventListener("visibilitychange", seen);
        seen();
      }
      isLive.set(true);
    };
    const hear = (event, payload) => {
      for (const listener of listeners.get(event) ?? []) listener(payload);
    };
    run.end = end;
    set("hello", end, HELLO_MS);
    line = run.line = OPEN[kind]({ token: granted.token, up, hear, ended: end });
  });
}

function pause(run, ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    run.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function shown() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
}

function close() {
  if (!held) return;
  held.isOver = true;
  held.end?.();
  held.wake?.();
  held = null;
}

// The line lives as long as somebody is signed in.
export function startLive() {
  let user = null;
  const follow = (now) => {
    const name = now?.factorDue ? null : (now?.user?.name ?? now?.name ?? null);
    if (name === user) return;
    user = name;
    close();
    if (user !== null) {
      held = { isOver: false, line: null, end: null, wake: null };
      live(held);
    }
  };
  addEventListener("online", () => held?.wake?.());
  session.listen(follow);
  follow(session.value);
}

export function ask(event, payload, timeoutMs = 5000) {
  return isLive.value && held?.line ? held.line.ask(event, payload, timeoutMs) : Promise.reject(new Error("offline"));
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
