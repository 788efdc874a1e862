// The reload at night: whatever a browser has gathered in a day goes, and the newest page comes. The place is kept by the
// inbox and the windows' own notes.
import { choices } from "./choices.js";

const LOOK_MS = 60_000;
// Not within an hour of the start: the page would go round in circles at its hour.
const LEAST_MS = 3_600_000;
const PATIENCE_MS = 8000;

// Reload at the chosen hour, if the relay has the page and `isQuiet()`; else a minute later.
export function reloadAtNight(isQuiet, { now = () => new Date(), reload = () => location.reload() } = {}) {
  const started = performance.now();
  const look = async () => {
    const { reloadHour } = choices.value;
    const isDue = reloadHour !== null && now().getHours() === reloadHour && performance.now() - started > LEAST_MS;
    if (!isDue || !isQuiet()) return;
    // A page that is reloaded while the relay is away is an error page until somebody comes.
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    const isThere = await fetch("/screen/", { cache: "no-store", signal: stop.signal }).then(({ ok }) => ok, () => false);
    clearTimeout(timer);
    if (isThere) reload();
  };
  return setInterval(look, LOOK_MS);
}
