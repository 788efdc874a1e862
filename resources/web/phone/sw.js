// The phone app's own worker: the app opens without network, always whole and of one version.
//
// The relay writes `self.SHELL` before this file: {version, files}. A version has a shelf of its own, filled before it is
// used; the page keeps to the version that it was opened with until its person takes the next one (`apply`). What is not
// on the list goes to the relay, above all every answer of the API: nothing of that is ever kept here.
const PREFIX = "benchcast-scan-";
const NAME = PREFIX + self.SHELL.version;
const PAGE = "/scan/";
const listed = new Set(self.SHELL.files);

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("message", (event) => {
  if (event.data === "apply") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const isPage = request.mode === "navigate" && pathname === PAGE;
  if (request.method !== "GET" || origin !== self.location.origin || !(isPage || listed.has(pathname))) return;
  event.respondWith(answer(request, isPage ? PAGE : pathname));
});

async function fill() {
  const shelf = await caches.open(NAME);
  // Asked anew, because a browser may have older ones at hand.
  await shelf.addAll(self.SHELL.files.map((path) => new Request(path, { cache: "no-cache", credentials: "omit" })));
}

async function begin() {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
  await self.clients.claim();
}

// Browsers may clear a shelf; then the relay is asked.
async function answer(request, path) {
  const kept = await (await caches.open(NAME)).match(path);
  return kept ?? fetch(request);
}
