// How old a scan is. A phone's clock may be wrong, and may be set right while a scan waits (often by the very network that
// comes back); so its age is taken from what cannot be set: this page's own time while the page lives, and the relay's
// time wherever the relay has told it. Only what is left is the phone's word.
import { isRelayTimeKnown, relayNow } from "../../console/lib/clock.js";

const RUN = `${performance.timeOrigin}.${Math.random()}`;

export function stamp() {
  return { run: RUN, mono: performance.now(), wall: Date.now(), at: relayNow(), isAtKnown: isRelayTimeKnown() };
}

// In milliseconds. A page's own time stands still while a phone sleeps, so it says how old a scan is at least.
export function ageOf(scan) {
  const ages = [scan.run === RUN ? performance.now() - scan.mono : 0];
  if (scan.isAtKnown && isRelayTimeKnown()) ages.push(relayNow() - scan.at);
  else if (scan.run !== RUN) ages.push(Date.now() - scan.wall);
  return Math.max(0, ...ages);
}
