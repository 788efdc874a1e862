// One's own sessions, one by one: where, by what, when it was last used; ended one by one or all others at once.
import { get, remove } from "../lib/api.js";
import { agentName } from "../lib/agents.js";
import { html } from "../lib/html.js";
import { ago, say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { Badge, Button, Failure, Loaded } from "../ui/basics.js";
import { toast } from "../ui/toast.js";

export function Sessions() {
  const load = useLoad((signal) => get("/api/auth/sessions", { signal }));
  const account = useLoad((signal) => get("/api/auth/account", { signal }));
  const ending = useAction(async (id = null) => {
    await remove(id ? `/api/auth/sessions/${id}` : "/api/auth/sessions");
    toast(say(id ? "console.sessions.ended" : "console.sessions.others_ended"));
    await load.reload();
  });
  return html`<div class="card account-card"><h2>${say("console.sessions.title")}</h2>
    <${Loaded} load=${account}>${({ lastSignIn }) => html`<p>${lastSignIn
      ? say("console.sessions.last", { time: time(lastSignIn.at), where: where(lastSignIn) })
      : say("console.sessions.first")}</p>`}<//>
    <${Failure} problem=${ending.problem} />
    <${Loaded} load=${load}>${({ sessions }) => html`
      <ul class="sessions">${sessions.map((each) => html`<li key=${each.id}>
        <div>
          <p class="lead">${agentName(each.agent ?? "") || say("console.sessions.unknown")}
            ${each.isThis ? html` <${Badge} tone="good">${say("console.sessions.this")}<//>` : null}
            ${each.isPage ? null : html` <${Badge}>${say("console.sessions.program")}<//>`}</p>
          <p class="fine">${say("console.sessions.since", { time: time(each.begunAt), address: each.address || "–" })}</p>
          <p class="fine">${say("console.sessions.used", { ago: ago(each.usedAt) })}</p>
        </div>
        ${each.isThis ? null : html`<${Button} kind="danger" isBusy=${ending.isBusy} onClick=${() => ending.run(each.id)}
          aria-label=${say("console.sessions.end_of", { what: where(each) })}>${say("console.sessions.end")}<//>`}
      </li>`)}</ul>
      ${sessions.some(({ isThis }) => !isThis)
        ? html`<${Button} isBusy=${ending.isBusy} onClick=${() => ending.run()}>${say("console.sessions.end_others")}<//>`
        : null}`}<//>
  </div>`;
}

function where({ address = "", agent = "" }) {
  return [agentName(agent), address].filter(Boolean).join(", ") || say("console.sessions.unknown");
}
