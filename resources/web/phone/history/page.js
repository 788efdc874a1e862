// The tab "history": the last scans of this phone, how each ended, and a way to show it again.
import { html } from "../../console/lib/html.js";
import { ago, say } from "../../console/lib/i18n.js";
import { useNow } from "../../console/lib/clock.js";
import { useStore } from "../../console/lib/store.js";
import { Badge, Button, Empty } from "../../console/ui/basics.js";
import { benchName } from "../scan/bench.js";
import { nameOf } from "../scan/outcome.js";
import { reports } from "../scan/progress.js";
import { showAgain } from "../scan/scanner.js";
import { entries, forget } from "../scan/sending.js";
import { tell } from "../scan/telling.js";

export default function HistoryPage({ onShown }) {
  const all = useStore(entries);
  const known = useStore(reports);
  const now = useNow(10_000);
  if (!all.length) return html`<${Empty} title=${say("phone.history.empty")}><p>${say("phone.history.empty.detail")}</p><//>`;
  return html`<ol class="scans">
    ${all.map((entry) => {
      const { tone, title, lines } = tell(entry, known.get(entry.id));
      return html`<li key=${entry.id} class="card">
        <p class="row"><strong class="mono">${nameOf(entry)}</strong><span class="fine">${ago(entry.at, now)}</span></p>
        <p class="row"><${Badge} tone=${tone}>${title}<//><span class="fine">${benchName(entry.screenId)}</span></p>
        ${lines.filter(Boolean).map((line) => html`<p key=${line} class="fine">${line}</p>`)}
        <p class="actions">
          <${Button} disabled=${tone === "wait"} onClick=${() => {
            showAgain(entry.id);
            onShown();
          }}>${say("phone.again")}<//>
          <${Button} kind="quiet" onClick=${() => forget(entry.id)}>${say("phone.history.forget")}<//>
        </p>
      </li>`;
    })}
  </ol>`;
}
