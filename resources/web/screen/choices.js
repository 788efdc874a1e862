// What was chosen at this screen itself: when it reloads at night, and whether pictures of it may be taken.
import { Store } from "../console/lib/store.js";

const NOTE = "choices";
// `reloadHour` by this machine's clock; null: never.
const FIRST = { reloadHour: 3, pictures: true };
export const choices = new Store(FIRST);
let storage = null;

export async function loadChoices(from) {
  storage = from;
  choices.set({ ...FIRST, ...(await storage.note(NOTE)) });
  const asked = new URLSearchParams(location.search).get("reload");
  if (asked !== null) await choose({ reloadHour: /^([01]?\d|2[0-3])$/.test(asked) ? Number(asked) : null });
}

export async function choose(change) {
  choices.set({ ...choices.value, ...change });
  await storage.keepNote(NOTE, choices.value);
}
