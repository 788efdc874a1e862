// What time it is at the relay: the clock of a TV may be a day off. Counts by seconds that nobody can set.
let told = null;

export function relayTimeIs(serverMs) {
  told = { serverMs, at: performance.now() };
}

// UTC milliseconds; this browser's own until the relay has said its time.
export function relayNow() {
  return told === null ? Date.now() : told.serverMs + Math.round(performance.now() - told.at);
}
