// What a screen shows while it shows nothing: its name, the time, the QR for phones, and how the line stands.
import { html, useEffect, useState } from "../../console/lib/html.js";
import { currentLanguage, say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { isUnlocked } from "../comfort.js";
import { relayNow } from "../link/relay_time.js";
import { MARKS } from "./caption.js";
import { Qr } from "./qr.js";

// A new ticket comes before the old one ends, so that nobody scans one that is over.
const BEFORE_MS = 90_000;
const AGAIN_MS = 30_000;

export function Idle({ screen }) {
  const link = useStore(screen.link);
  const unlocked = useStore(isUnlocked);
  const ticket = useTicket(screen, link.state === "connected");
  return html`<main class="idle">
    <div class="who">
      <h1>${screen.name}</h1>
      <${Clock} />
      <p class=${`line ${link.state}`} role="status"><i aria-hidden="true">${MARKS[link.state]}</i> ${say(`screen.link.${link.state}`)}</p>
      <p class="ready">${say(link.state === "connected" ? "screen.idle.ready" : "screen.idle.away")}</p>
      ${!unlocked && html`<p class="hint">${say("screen.idle.tap")}</p>`}
    </div>
    ${ticket && html`<figure class="join"><${Qr} svg=${ticket.qrSvg} label=${say("screen.idle.qr")} /><figcaption>${say("screen.idle.join")}</figcaption></figure>`}
  </main>`;
}

function Clock() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const minute = new Date(now - (now % 60_000));
  const write = (options) => new Intl.DateTimeFormat(currentLanguage(), options).format(minute);
  return html`<p class="clock"><time>${write({ hour: "2-digit", minute: "2-digit", hour12: false })}</time>
    <span>${write({ year: "numeric", month: "long", day: "numeric", weekday: "long" })}</span></p>`;
}

function useTicket(screen, isConnected) {
  const [ticket, setTicket] = useState(null);
  useEffect(() => {
    if (!isConnected) {
      setTicket(null); // phones could not come in anyway
      return undefined;
    }
    let timer = null;
    let isGone = false;
    const fetchOne = async () => {
      let wait = AGAIN_MS;
      try {
        const fresh = await screen.join();
        wait = Math.max(AGAIN_MS, fresh.expiresAt - relayNow() - BEFORE_MS);
        if (!isGone) setTicket(fresh);
      } catch {
        if (!isGone) setTicket((old) => (old && old.expiresAt > relayNow() ? old : null));
      }
      if (!isGone) timer = setTimeout(fetchOne, wait);
    };
    fetchOne();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [isConnected]);
  return ticket;
}
