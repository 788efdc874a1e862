// What became of the last scan, large: colour, sign and words say the same, and a screen reader reads it out.
import { html, useEffect, useState } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { useStore } from "../../console/lib/store.js";
import { Button } from "../../console/ui/basics.js";
import { reports } from "./progress.js";
import { showAgain } from "./scanner.js";
import { entries } from "./sending.js";
import { tell } from "./telling.js";

const SIGNS = { good: "✓", bad: "✕", warn: "!", wait: "…", plain: "▥" };

export function Outcome({ now }) {
  const all = useStore(entries);
  const known = useStore(reports);
  const entry = now?.entryId ? all.find(({ id }) => id === now.entryId) : null;
  const told = entry ? tell(entry, known.get(entry.id)) : (now ?? idle());
  const { tone, title, lines } = now && (entry || !now.entryId) ? told : idle();
  const code = entry ? nameOf(entry) : now?.code;
  return html`<section class=${`outcome ${tone}`} aria-label=${say("phone.outcome.label")}>
    <span class="mark" aria-hidden="true">${tone === "wait" ? html`<span class="spinner"></span>` : SIGNS[tone]}</span>
    <div class="said" role="status" aria-live="assertive" aria-atomic="true">
      ${code ? html`<p class=${entry ? "code mono" : "code"}>${code}</p>` : null}
      <p class="lead">${title}</p>
      ${lines.filter(Boolean).map((line) => html`<p key=${line}>${line}</p>`)}
    </div>
    ${entry ? html`<${Again} entry=${entry} isBusy=${tone === "wait"} />` : null}
  </section>`;
}

// Not pressed twice by a thumb that comes down again.
function Again({ entry, isBusy }) {
  const [isPressed, setPressed] = useState(false);
  useEffect(() => setPressed(false), [entry.id]);
  return html`<${Button} disabled=${isBusy || isPressed} onClick=${() => {
    setPressed(true);
    showAgain(entry.id);
  }}>${say("phone.again")}<//>`;
}

function idle() {
  return { tone: "plain", title: say("phone.outcome.ready"), lines: [say("phone.outcome.ready.detail")] };
}

export function nameOf({ orderId, documentNumber }) {
  return documentNumber ? `${orderId} +D${documentNumber}` : orderId;
}
