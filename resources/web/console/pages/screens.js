// The screens of this relay: who is there, and what each shows.
import { get } from "../lib/api.js";
import { html } from "../lib/html.js";
import { ago, say } from "../lib/i18n.js";
import { useLoad } from "../lib/load.js";
import { Badge, Empty, Loaded, Page } from "../ui/basics.js";

export default function Screens() {
  const load = useLoad((signal) => get("/api/screens", { signal }));
  return html`<${Page} title=${say("console.screens.title")}>
    <${Loaded} load=${load} isEmpty=${({ screens }) => screens.length === 0}
      empty=${html`<${Empty} title=${say("console.screens.empty")} />`}>
      ${({ screens }) => html`<div class="grid">${screens.map((screen) => html`<${Card} key=${screen.screenId} screen=${screen} />`)}</div>`}
    <//>
  <//>`;
}

function Card({ screen }) {
  return html`<article class="card">
    <div class="row"><h2>${screen.name || screen.screenId}</h2>
      <${Badge} tone=${screen.online ? "good" : screen.paired ? "bad" : "plain"}>
        ${say(screen.online ? "console.screens.online" : screen.paired ? "console.screens.offline" : "console.screens.unpaired")}<//>
    </div>
    <p class="mono">${screen.screenId}</p>
    ${screen.windows.map((window) => html`<p key=${window.windowId}>${window.orderId ?? window.url ?? ""} ${window.revision ?? ""}</p>`)}
    ${screen.lastSeenAt ? html`<p class="fine">${say("console.screens.seen", { ago: ago(screen.lastSeenAt) })}</p>` : null}
  </article>`;
}
