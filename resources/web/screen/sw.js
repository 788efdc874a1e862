// The screen page's own worker: its files come from the relay, and from here while the relay is away.
const NAME = "benchcast-screen-shell";
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const isOurs = origin === self.location.origin && (pathname === "/screen/" || pathname.startsWith("/web/"));
  if (request.method === "GET" && isOurs && request.cache !== "no-store") event.respondWith(answer(request, pathname));
});

async function answer(request, pathname) {
  const shelf = await caches.open(NAME);
  const stop = new AbortController();
  const kept = await shelf.match(pathname);
  const timer = kept ? setTimeout(() => stop.abort(), PATIENCE_MS) : null;
  try {
    const fresh = await fetch(request, { signal: stop.signal });
    if (fresh.ok) await shelf.put(pathname, fresh.clone());
    return fresh.status >= 500 && kept ? kept : fresh;
  } catch (failure) {
    if (kept) return kept;
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}
