// The time: the relay's, as far as its answers tell it, and the time that passes on a page.
import { useEffect, useState } from "./html.js";

// Answers say the second at which they began; what differs by less is travel, not a clock that is wrong.
const TOLERANCE_MS = 5000;
let aheadMs = 0;
let isHeard = false;

// Hear the `Date` of an answer.
export function noteRelayTime(date) {
  const relay = Date.parse(date ?? "");
  if (Number.isNaN(relay)) return;
  isHeard = true;
  const difference = relay - Date.now();
  aheadMs = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
}

// Whether any answer has told the relay's time yet.
export const isRelayTimeKnown = () => isHeard;

// Now, in milliseconds, by the relay's clock: a phone's may be off by minutes.
export function relayNow() {
  return Date.now() + aheadMs;
}

// That time, anew every `ms`; it stands still while the page is hidden.
export function useNow(ms = 1000) {
  const [now, setNow] = useState(relayNow());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setNow(relayNow()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
