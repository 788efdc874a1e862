// What changed about how one signs in, above every page until it is dismissed; and the sentences about who and where.
import { get, remove, session } from "../lib/api.js";
import { agentName } from "../lib/agents.js";
import { html } from "../lib/html.js";
import { say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { addressOf } from "../lib/router.js";
import { Button, Failure } from "../ui/basics.js";

const TERMINAL = "api:command-line";

export function Notices() {
  const load = useLoad((signal) => get("/api/auth/account", { signal }));
  const seen = useAction(async (id) => {
    await remove(`/api/auth/notices/${id}`);
    await load.reload();
  });
  const notices = load.value?.notices ?? [];
  if (notices.length === 0) return null;
  return html`<section class="notices" aria-label=${say("console.notices.title")}>
    ${notices.map((notice) => html`<div key=${notice.id} class="note warn">
      <p class="lead">${sentence(notice)}</p>
      <p>${say("console.notices.when", { time: time(notice.at), by: whose(notice.by), from: notice.address || say("console.notices.here") })}</p>
      <p>${say("console.notices.not_you")}</p>
      <div class="row"><${Button} isBusy=${seen.isBusy} onClick=${() => seen.run(notice.id)}>${say("console.notices.seen")}<//>
        <a href=${addressOf(["account"])}>${say("console.account.title")}</a></div>
    </div>`)}
    <${Failure} problem=${seen.problem} />
  </section>`;
}

function sentence({ kind, detail = "" }) {
  const what = { role: () => say(`ui.role.${detail}`), elsewhere: () => agentName(detail) }[kind]?.() ?? detail;
  return say(`console.notices.of.${kind}`, { what: what || say("console.sessions.unknown") });
}

function whose(by) {
  if (by === `user:${session.value.user.name}`) return say("console.notices.you");
  // In the middle of a sign-in, before it is known.
  if (by === "anybody") return say("console.notices.anybody");
  if (by === TERMINAL) return say("console.notices.terminal");
  const [kind, ...rest] = by.split(":");
  return kind === "api" ? say("console.notices.program", { name: rest.join(":") }) : rest.join(":");
}
