// Web pages: framed, kept in a sandbox, and shown only once they have loaded.
//
// A browser does not tell a page whether what it framed refused to be framed: it shows a page of its own and calls that
// loaded. So the relay, which may reach allowed addresses, is asked first what the page says of it.
import { say } from "../../console/lib/i18n.js";
import { CannotShow, within } from "./cannot_show.js";

const LOAD_MS = 30_000;
const SANDBOX = "allow-scripts allow-forms allow-same-origin";

export function makeFrame(view) {
  const frame = view.document.createElement("iframe");
  frame.className = "sheet web";
  frame.setAttribute("sandbox", SANDBOX);
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.setAttribute("allow", "");
  frame.tabIndex = -1;
  return frame;
}

// Raises CannotShow where the address cannot be framed here at all, or says that it may not be.
export async function checkFraming(url, inquire, signal) {
  const address = readAddress(url);
  if (address.origin === location.origin) throw refused(address.host);
  if (location.protocol === "https:" && address.protocol !== "https:") {
    throw new CannotShow("UNSUPPORTED", say("screen.why.mixed", { host: address.host }));
  }
  const answer = await inquire(url, signal);
  if (answer.framing === "forbidden") throw new CannotShow("URL_NOT_ALLOWED", answer.why);
  if (answer.framing === "refused") throw refused(address.host);
  if (answer.framing === "away") throw new CannotShow("CONNECTION_REFUSED", say("screen.why.page_away", { host: address.host }));
}

// Load a page in a frame that is on the page already, but not seen yet.
export function load(frame, url, signal) {
  const loading = new Promise((resolve) => {
    frame.addEventListener("load", resolve, { once: true });
  });
  frame.src = url;
  const host = readAddress(url).host;
  const late = () => new CannotShow("CONNECTION_TIMEOUT", say("screen.why.page_slow", { host, seconds: LOAD_MS / 1000 }));
  return within(loading, { signal, ms: LOAD_MS, late });
}

function readAddress(url) {
  const address = new URL(url);
  if (!["http:", "https:"].includes(address.protocol)) {
    throw new CannotShow("URL_NOT_ALLOWED", say("screen.why.address"));
  }
  return address;
}

function refused(host) {
  return new CannotShow("UNSUPPORTED", say("screen.why.framing", { host }));
}
