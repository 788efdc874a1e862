// Which bench, and which of its displays, this phone scans for: chosen once, remembered for each user, with favourites.
import { get, session } from "../../console/lib/api.js";
import { Store } from "../../console/lib/store.js";
import { keep, kept } from "../kept.js";

// {screenId, displayId}; no screen: none was chosen yet; no display: the bench decides.
export const choice = new Store({ screenId: null, displayId: null });
export const favourites = new Store([]);

const keyOf = (name) => `${name}.${owner()}`;
const nameKey = (screenId) => `name.${screenId.toLowerCase()}`;
const displayKey = (screenId) => `display.${screenId.toLowerCase()}`;

// Who has signed in has a bench of their own; guests have the one that they joined.
function owner() {
  const now = session.value;
  return now?.guest ? "guest" : (now?.user?.name ?? "");
}

// Hear that somebody has signed in: their bench is there again.
export function recall() {
  const { guest, screens = [] } = session.value ?? {};
  const last = kept(keyOf("screen"));
  favourites.set(kept(keyOf("favourites"), []));
  if (guest) chooseScreen(screens.some((each) => isSame(each, last)) ? last : (screens[0] ?? null));
  else chooseScreen(last);
  if (!guest && !last) chooseOnlyOne();
}

// Where there is but one, nobody has to choose.
async function chooseOnlyOne() {
  try {
    const { screens } = await get("/api/screens");
    if (screens.length === 1 && !choice.value.screenId) chooseScreen(screens[0].screenId);
  } catch {
    // It is chosen by hand then.
  }
}

export function chooseScreen(screenId) {
  if (screenId) keep(keyOf("screen"), screenId);
  choice.set({ screenId, displayId: screenId ? kept(displayKey(screenId)) : null });
}

export function chooseDisplay(displayId) {
  const { screenId } = choice.value;
  keep(displayKey(screenId), displayId);
  choice.set({ screenId, displayId });
}

export function toggleFavourite(screenId) {
  const others = favourites.value.filter((each) => !isSame(each, screenId));
  const next = others.length < favourites.value.length ? others : [...others, screenId];
  keep(keyOf("favourites"), next);
  favourites.set(next);
}

// What people call a bench, as far as this phone has heard of it: also where the relay is away.
export function benchName(screenId) {
  return kept(nameKey(screenId), screenId);
}

export function noteName({ screenId, name }) {
  if (name && name !== benchName(screenId)) keep(nameKey(screenId), name);
}

export function isSame(one, other) {
  return Boolean(one && other) && one.toLowerCase() === other.toLowerCase();
}
