// The page in the address bar: `#/screens/SCREEN-001?filter=x`. Back, forward and reload keep the place.
import { Store, useStore } from "./store.js";

const place = new Store(read());
window.addEventListener("hashchange", () => place.set(read()));

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path, parts: path.split("/").map(decodeURIComponent), query: Object.fromEntries(new URLSearchParams(query)) };
}

export function usePlace() {
  return useStore(place);
}

export function addressOf(parts, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  const search = filled.length ? `?${new URLSearchParams(filled)}` : "";
  return `#/${parts.map(encodeURIComponent).join("/")}${search}`;
}

export function go(parts, query = {}) {
  location.hash = addressOf(parts, query);
}

// Change the query without a new step in the history: a filter that is being typed.
export function refine(query) {
  history.replaceState(null, "", addressOf(place.value.parts, query));
  place.set(read());
}
