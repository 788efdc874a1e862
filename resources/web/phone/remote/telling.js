// Buttons that tell the screen something for good: pages, rotation, and what a bench is told. What went well is seen on
// the pad; only what did not is said.
import { mayAs, session } from "../../console/lib/api.js";
import { isGood, sentenceOf, tell } from "../../console/lib/commands.js";
import { html } from "../../console/lib/html.js";
import { nameOf } from "../../console/lib/screens.js";
import { Button, words } from "../../console/ui/basics.js";
import { toast } from "../../console/ui/toast.js";

// Whether this person, or guest, may trigger there, as far as the page knows; the relay decides.
export function mayTrigger(screenId) {
  const now = session.value;
  if (now?.guest) return (now.screens ?? []).some((each) => each.toLowerCase() === screenId.toLowerCase());
  return Boolean(now?.user) && mayAs("operator");
}

// Tell it; nobody waits for it, and several may be under way. `onForbidden` hears that this person may not. Whoever
// `isFar` hears of what is not seen on the pad.
export async function tellQuietly(screen, fields, { isFar, onForbidden }) {
  try {
    const report = await tell(screen.screenId, fields);
    if (!isGood(report)) toast(sentenceOf(report, nameOf(screen)), "bad");
    else if (isFar && fields.command !== "view") toast(sentenceOf(report, nameOf(screen)), "good");
  } catch (problem) {
    if (problem.code === "FORBIDDEN") onForbidden();
    const { title, detail, action } = words(problem);
    toast([`${nameOf(screen)}: ${detail || title}`, action].filter(Boolean).join(" "), "bad");
  }
}

// A button with a sign and, below it, a word.
export function SignButton({ sign, children, ...rest }) {
  return html`<${Button} ...${rest}><span class="big" aria-hidden="true">${sign}</span><span>${children}</span><//>`;
}
