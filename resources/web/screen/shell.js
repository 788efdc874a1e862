// Keeps this page itself in the browser, so that a TV that starts before the relay does is a screen all the same.
const NAME = "benchcast-screen-shell";
// What no start loads, and a PDF needs.
const LATER = ["/web/vendor/pdfjs/pdf.mjs", "/web/vendor/pdfjs/pdf.worker.mjs"];
const AFTER_MS = 3000;

export function keepShell() {
  if (!navigator.serviceWorker || !window.caches) return; // http in a LAN: browsers keep nothing there
  setTimeout(async () => {
    try {
      await navigator.serviceWorker.register("/screen/sw.js", { scope: "/screen/" });
      const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name));
      const own = loaded.filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith("/web/"));
      const wanted = new Set(["/screen/", ...own.map(({ pathname }) => pathname), "/web/i18n/ko.json", "/web/i18n/en.json", ...LATER]);
      const shelf = await caches.open(NAME);
      for (const address of wanted) if (!(await shelf.match(address))) await shelf.add(address);
    } catch {
      // It is a screen without that, too, as long as the relay is there when it starts.
    }
  }, AFTER_MS);
}
