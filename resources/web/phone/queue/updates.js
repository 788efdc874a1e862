// The app as an installed thing: its worker, and the newer version that has been found. Nothing changes under somebody's
// thumb: the new version is fetched in the background, told of, and used when its person says so, or at the next start.
import { Store } from "../../console/lib/store.js";

export const newVersion = new Store(false);

const LOOK_MS = 30 * 60_000;
let registration = null;
let isWished = false;

export async function startUpdates() {
  // Without https there is no worker: the app works, but not without network.
  if (!navigator.serviceWorker) return;
  // What is on the home screen is meant to stay; a browser that would ask a person about it is left alone.
  if (matchMedia("(display-mode: standalone)").matches) navigator.storage?.persist?.().catch(() => {});
  try {
    registration = await navigator.serviceWorker.register("/scan/sw.js", { scope: "/scan/", updateViaCache: "none" });
  } catch {
    return;
  }
  registration.addEventListener("updatefound", () => watch(registration.installing));
  if (registration.waiting) newVersion.set(true);
  watch(registration.installing);
  navigator.serviceWorker.addEventListener("controllerchange", () => isWished && location.reload());
  document.addEventListener("visibilitychange", () => document.hidden || look());
  addEventListener("online", look);
  setInterval(look, LOOK_MS);
}

function watch(worker) {
  worker?.addEventListener("statechange", () => {
    // The first worker of all replaces nothing.
    if (worker.state === "installed" && registration.active) newVersion.set(true);
  });
}

export function look() {
  registration?.update().catch(() => {});
}

// Scans are in the book, and what is on its way is sent again with its id: the page may go at any moment.
export function applyVersion() {
  isWished = true;
  const next = registration?.waiting;
  if (next) next.postMessage("apply");
  else location.reload();
}
