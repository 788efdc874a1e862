// Buttons that tell the screen something for good: pages, rotation, and what a bench is told. What went well is seen on
// the pad; only what did not is said.
import { mayAs, session } from "../../console/lib/api.js";
import { isGood, sentenceOf, tell } from "../../console/lib/commands.js";
import { html, useRef, useState } from "../../console/lib/html.js";
import { nameOf } from "../../console/lib/screens.js";
import { Button, words } from "../../console/ui/basics.js";
import { toast } from "../../console/ui/toast.js";

// Whether this person, or guest, may trigger there, as far as the page knows; the relay decides.
export function mayTrigger(screenId) {
  const now = session.value;
  if (now?.guest) return (now.screens ?? []).some((each) => each.toLowerCase() === screenId.toLowerCase());
  return Boolean(now?.user) && mayAs("operator");
}

// `run(fields)` tells it; several may be under way. `onForbidden` hears that this person may not.
export function useTelling(screen, onForbidden) {
  const [underWay, setUnderWay] = useState(0);
  const now = useRef(null);
  now.current = { screen, onForbidden };
  const run = async (fields, { isQuiet = true } = {}) => {
    const { screen: to, onForbidden: forbid } = now.current;
    setUnderWay((count) => count + 1);
    try {
      const report = await tell(to.screenId, fields);
      if (!isGood(report) || !isQuiet) toast(sentenceOf(report, nameOf(to)), isGood(report) ? "good" : "bad");
      return report;
    } catch (problem) {
      if (problem.code === "FORBIDDEN") forbid();
      const { title, detail, action } = words(problem);
      toast([`${nameOf(to)}: ${detail || title}`, action].filter(Boolean).join(" "), "bad");
      return undefined;
    } finally {
      setUnderWay((count) => count - 1);
    }
  };
  return { run, isBusy: underWay > 0 };
}

// A button with a sign and, below it, a word.
export function SignButton({ sign, children, ...rest }) {
  return html`<${Button} ...${rest}><span class="big" aria-hidden="true">${sign}</span><span>${children}</span><//>`;
}
