// What an answer to a scan means for it: taken, refused for good, or to be sent again and when.
import { UNREACHABLE } from "../../console/lib/api.js";

// {kind: "taken" | "over"} or {kind: "wait", reason, afterMs}; `reason` is told to the person who waits.
// "network": the phone itself has none; "relay": it has, and the relay does not answer; "busy": too many at once; "session": nobody is
// signed in; "csrf" and "clock" are mended and tried again at once, a second time they are over.
export const whyAway = () => (navigator.onLine === false ? "network" : "relay");

export function meaningOf(problem) {
  const afterMs = problem.retryAfterMs ?? null;
  if (problem.status === 0) return { kind: "wait", reason: whyAway(), afterMs };
  if (problem.status === 429) return { kind: "wait", reason: "busy", afterMs: afterMs ?? 2000 };
  // A proxy's own words, or the relay's while it starts or stops.
  if (problem.status >= 500 || problem.code === UNREACHABLE) return { kind: "wait", reason: "relay", afterMs };
  switch (problem.code) {
    case "CLOCK_SKEW":
      return { kind: "mend", reason: "clock" };
    case "CSRF_FAILED":
      return { kind: "mend", reason: "csrf" };
    case "TOKEN_INVALID":
    case "TOKEN_EXPIRED":
      return { kind: "wait", reason: "session", afterMs: null };
    default:
      return { kind: "over" };
  }
}
