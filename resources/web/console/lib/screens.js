// The screens of the relay, kept up to date by the live line: a list once, then only what changes.
import { get } from "./api.js";
import { useCallback, useEffect, useMemo, useRef, useState } from "./html.js";
import { ask, isLive, useLive, useReturn } from "./live.js";
import { useLoad } from "./load.js";

const keyOf = (screenId) => screenId.toLowerCase();
const LIVE_FIELDS = ["version", "online", "lastSeenAt", "appVersion", "displays", "windows", "lastOutcome"];
const RELOAD_MS = 2000;

// What was read, with what the live line said since, if that is newer.
export function joined(screen, status) {
  if (!status || status.version <= screen.version) return screen;
  const fresh = Object.fromEntries(LIVE_FIELDS.map((name) => [name, status[name] ?? screen[name]]));
  return { ...screen, ...fresh, lastSeenAt: Math.max(status.lastSeenAt ?? 0, screen.lastSeenAt ?? 0) || null };
}

// Follow `screen:status`; thousands that come at once are drawn once. `onStranger` hears of one that is not in `known`.
function useStatuses(wish, known, onStranger, onReturn) {
  const [statuses, setStatuses] = useState(new Map());
  const waiting = useRef({ found: new Map(), frame: 0 });
  const listener = useCallback(
    (status) => {
      const { current } = waiting;
      current.found.set(keyOf(status.screenId), status);
      if (!known(keyOf(status.screenId))) onStranger();
      current.frame ||= setTimeout(() => {
        current.frame = 0;
        const found = current.found;
        current.found = new Map();
        setStatuses((before) => new Map([...before, ...found]));
      }, 100);
    },
    [known, onStranger],
  );
  useLive("screen:status", listener);
  const begin = useCallback(() => {
    // Versions are one run's of the relay: what was said before the line came back says nothing any more.
    setStatuses(new Map());
    ask("watch", wish ? { screenId: wish } : {}).catch(() => {});
    onReturn();
  }, [wish, onReturn]);
  useReturn(begin);
  useEffect(() => {
    if (isLive.value) ask("watch", wish ? { screenId: wish } : {}).catch(() => {});
    return () => {
      clearTimeout(waiting.current.frame);
      waiting.current.frame = 0;
    };
  }, [wish]);
  return statuses;
}

// Every screen; `load` as `useLoad` gives it, its value a list that follows the live line.
export function useScreens() {
  const load = useLoad((signal) => get("/api/screens", { signal }));
  const names = useRef(new Set());
  names.current = useMemo(() => new Set((load.value?.screens ?? []).map((each) => keyOf(each.screenId))), [load.value]);
  const isRead = useRef(false);
  isRead.current = load.value !== undefined;
  const known = useCallback((key) => !isRead.current || names.current.has(key), []);
  const again = useRef(0);
  const stranger = useCallback(() => {
    again.current ||= setTimeout(() => {
      again.current = 0;
      load.reload();
    }, RELOAD_MS);
  }, [load.reload]);
  useEffect(() => () => clearTimeout(again.current), []);
  const statuses = useStatuses(null, known, stranger, load.reload);
  const value = useMemo(
    () => load.value?.screens.map((screen) => joined(screen, statuses.get(keyOf(screen.screenId)))),
    [load.value, statuses],
  );
  // A screen that is there and not known to be paired has been paired since the list was read.
  const isBehind = value?.some((screen) => screen.online && !screen.paired);
  useEffect(() => {
    if (isBehind) stranger();
  }, [isBehind]);
  return { ...load, value };
}

const always = () => true;
const nothing = () => {};

// One screen, followed likewise.
export function useScreen(screenId) {
  const load = useLoad((signal) => get(`/api/screens/${encodeURIComponent(screenId)}`, { signal }), [screenId]);
  const statuses = useStatuses(screenId, always, nothing, load.reload);
  const value = load.value && joined(load.value, statuses.get(keyOf(screenId)));
  const isBehind = value?.online && !value.paired;
  useEffect(() => {
    if (isBehind) load.reload();
  }, [isBehind]);
  return { ...load, value };
}

// The groups of screens, [] where there are none or nobody may see them.
export function useGroups() {
  const load = useLoad((signal) => get("/api/groups", { signal }));
  return load.value?.groups ?? [];
}

export function nameOf(screen) {
  return screen.name || screen.screenId;
}
