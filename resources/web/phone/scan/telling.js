// How a scan stands, in words: sending, received by the bench, shown on display 2; or why not, and what to do.
import { UNREACHABLE } from "../../console/lib/api.js";
import { words } from "../../console/ui/basics.js";
import { say } from "../../console/lib/i18n.js";
import { END_STATES } from "./progress.js";

// What is known of a scan: what the relay said last, unless it has ended by what was said before.
export function newest(entry, report) {
  const own = entry.report;
  if (!report || (own && END_STATES.includes(own.state) && !END_STATES.includes(report.state))) return own ?? null;
  return report;
}

// {tone: "wait" | "good" | "warn" | "bad", title, lines}
export function tell(entry, report = null) {
  const known = newest(entry, report);
  if (known) return tellReport(known);
  if (entry.problem) return tellProblem(entry.problem);
  switch (entry.state) {
    case "waiting":
      return tellWaiting(entry.reason ?? "network");
    case "superseded":
      return { tone: "warn", title: say("phone.outcome.superseded"), lines: [say("phone.outcome.gave_way")] };
    case "expired":
      return {
        tone: "bad",
        title: say("phone.outcome.too_old"),
        lines: [say("phone.outcome.too_old.detail"), say("phone.outcome.too_old.action")],
      };
    case "failed":
      return tellState("failed");
    case "received":
    case "shown":
      return tellReport({ state: entry.state });
    default:
      return { tone: "wait", title: say("phone.outcome.sending"), lines: [] };
  }
}

const WAITING = { network: "offline", relay: "relay_away", busy: "busy", session: "signed_out" };

// It is kept on this phone; why, and what happens next.
function tellWaiting(reason) {
  const key = `phone.outcome.${WAITING[reason]}`;
  return { tone: "warn", title: say(key), lines: [say(`${key}.detail`)] };
}

function tellReport(report) {
  const { state, display, revision, timings = {}, code, detail, action } = report;
  switch (state) {
    case "shown": {
      const title = display ? say("phone.outcome.shown_on", { number: display.index + 1 }) : say("phone.outcome.shown");
      const facts = [
        revision && say("phone.outcome.revision", { revision }),
        timings.shownMs !== undefined && say("phone.outcome.ms", { ms: Math.max(1, Math.round(timings.shownMs)) }),
      ].filter(Boolean);
      const lines = [facts.join(" · "), code && detail, code && action].filter(Boolean);
      return { tone: code ? "warn" : "good", title, lines };
    }
    case "received":
      return { tone: "wait", title: say("phone.outcome.received"), lines: [say("phone.outcome.received.detail")] };
    case "sent":
      return { tone: "wait", title: say("phone.outcome.sent"), lines: [] };
    case "waiting":
      return { tone: "warn", title: say("phone.outcome.waiting"), lines: [say("phone.outcome.waiting.detail")] };
    case "superseded":
    case "cancelled":
      return { ...tellState(state), tone: "warn" };
    default:
      return detail ? { tone: "bad", title: say("phone.outcome.failed"), lines: [detail, action].filter(Boolean) } : tellState(state);
  }
}

function tellState(state) {
  return { tone: "bad", title: say(`phone.outcome.${state}`), lines: [say(`phone.outcome.${state}.detail`)] };
}

export function tellProblem(problem) {
  // What the queue kept of a refusal has its words, but is no Problem any more.
  const { title, detail, action } = problem.detail && problem.code !== UNREACHABLE ? problem : words(problem);
  const lines = [detail !== title && detail, action].filter(Boolean);
  return { tone: "bad", title, lines };
}
