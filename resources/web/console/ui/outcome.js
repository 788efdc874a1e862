// How a delivery stands, as a badge; and buttons that tell a screen something and then tell what became of it.
import { html } from "../lib/html.js";
import { isGood, sentenceOf, stateWord, tell, TONES } from "../lib/commands.js";
import { useAction } from "../lib/load.js";
import { Badge, Button, words } from "./basics.js";
import { toast } from "./toast.js";

export function StateBadge({ state, verb }) {
  return html`<${Badge} tone=${TONES[state]}>${stateWord(state, verb)}<//>`;
}

// Do `work`, which answers a report; say how it went. Returns the report, undefined if it was refused.
export async function told(name, work) {
  try {
    const report = await work();
    toast(sentenceOf(report, name), isGood(report) ? "good" : "bad");
    return report;
  } catch (problem) {
    const { title, detail, action } = words(problem);
    toast([`${name}: ${detail || title}`, action].filter(Boolean).join(" "), "bad");
    return undefined;
  }
}

export function TellButton({ screenId, name, fields, children, onTold = () => {}, ...rest }) {
  const action = useAction(async () => onTold(await told(name, () => tell(screenId, fields))));
  return html`<${Button} ...${rest} isBusy=${action.isBusy} onClick=${() => action.run()}>${children}<//>`;
}
