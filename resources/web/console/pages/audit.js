// The audit log: who did what to what, when, from where and with which outcome; filtered, read on, taken along.
import { get } from "../lib/api.js";
import { html, useState } from "../lib/html.js";
import { say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { refine } from "../lib/router.js";
import { Badge, Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { Choice, Field } from "../ui/forms.js";
import { More, Table } from "../ui/table.js";

// What deeds begin with, and how a person calls them together.
const KINDS = { auth: "auth", user: "user", guest: "guest", token: "token", group: "group", block: "block", screen: "screen", order: "order",
  order_source: "source", delivery: "delivery", settings: "settings", backup: "backup" };
const ACTORS = {
  screen: "console.audit.by_screen",
  api: "console.audit.by_program",
};
const ROLES = ["viewer", "operator", "lead", "admin"];
const COMMAND_LINE = "api:command-line";

function deed(action) {
  const key = `console.audit.deed.${action}`;
  const words = say(key);
  return words === key ? html`<span class="mono">${action}</span>` : words;
}

function actor(text) {
  if (text === "anybody") return say("console.audit.by_anybody");
  if (text === "relay") return say("console.audit.by_relay");
  if (text === COMMAND_LINE) return say("console.audit.by_command_line");
  const cut = text.indexOf(":");
  const [kind, name] = [text.slice(0, cut), text.slice(cut + 1)];
  return ACTORS[kind] ? say(ACTORS[kind], { name }) : name;
}

function searchOf({ q = "", action = "", outcome = "", since = "" }) {
  const sinceMs = since ? new Date(`${since}T00:00:00`).getTime() : "";
  return new URLSearchParams(Object.entries({ q, action, outcome, since: sinceMs }).filter(([, value]) => value !== ""));
}

export default function Audit({ place }) {
  const { query } = place;
  const search = searchOf(query).toString();
  const [older, setOlder] = useState({ search, entries: [], next: undefined });
  const load = useLoad((signal) => get(`/api/audit?${search}`, { signal }), [search]);
  const isSame = older.search === search;
  const next = isSame && older.next !== undefined ? older.next : load.value?.next;
  const more = useAction(async () => {
    const page = await get(`/api/audit?${search ? `${search}&` : ""}cursor=${next}`);
    setOlder({ search, entries: [...(isSame ? older.entries : []), ...page.entries], next: page.next ?? null });
    return true;
  });
  const reload = () => {
    setOlder({ search, entries: [], next: undefined });
    load.reload();
  };
  const change = (part) => refine({ ...query, ...part });
  const columns = [
    { key: "at", title: say("console.audit.at"), draw: ({ at }) => time(at) },
    { key: "actor", title: say("console.audit.actor"), isMain: true, draw: (entry) => actor(entry.actor) },
    { key: "action", title: say("console.audit.action"), draw: ({ action }) => deed(action) },
    { key: "target", title: say("console.audit.target"), draw: ({ target, detail }) => html`<span>${target ?? ""}
      ${detail ? html`<span class="fine second-line">${ROLES.includes(detail) ? say(`ui.role.${detail}`) : detail}</span>` : null}</span>` },
    { key: "outcome", title: say("console.audit.outcome"), draw: ({ outcome }) =>
      outcome === "done" ? html`<${Badge} tone="good">${say("console.audit.done")}<//>`
        : html`<span><${Badge} tone="bad">${say("console.audit.refused")}<//> <span class="fine mono">${outcome}</span></span>` },
    { key: "address", title: say("console.audit.address"), draw: ({ address }) => html`<span class="mono">${address}</span>` },
  ];
  const isFiltered = search !== "";
  return html`<${Page} title=${say("console.audit.title")} actions=${html`
      <${Button} onClick=${reload}>${say("console.audit.reload")}<//>
      <a class="button plain" download href=${`/api/audit/export?${search}`}>CSV</a>
      <a class="button plain" download href=${`/api/audit/export?format=json${search ? `&${search}` : ""}`}>JSON</a>`}>
    <div class="audit-filters" role="search">
      <${Field} label=${say("console.audit.search")} type="search" value=${query.q ?? ""} onChange=${(q) => change({ q })} />
      <${Choice} label=${say("console.audit.action")} value=${query.action ?? ""} onChange=${(action) => change({ action })}
        options=${[["", say("console.audit.any")], ...Object.entries(KINDS).map(([key, kind]) => [key, say(`console.audit.kind.${kind}`)])]} />
      <${Choice} label=${say("console.audit.outcome")} value=${query.outcome ?? ""} onChange=${(outcome) => change({ outcome })}
        options=${[["", say("console.audit.any")], ["done", say("console.audit.done")], ["refused", say("console.audit.refused")]]} />
      <${Field} label=${say("console.audit.since")} type="date" value=${query.since ?? ""} onChange=${(since) => change({ since })} />
    </div>
    <${Loaded} load=${{ ...load, reload }} isEmpty=${({ entries }) => entries.length === 0}
      empty=${html`<${Empty} title=${say(isFiltered ? "console.audit.nothing_found" : "console.audit.empty")}>
        ${isFiltered ? html`<${Button} onClick=${() => refine({})}>${say("console.audit.clear")}<//>` : null}<//>`}>
      ${({ entries }) => html`<${Table} columns=${columns} rows=${[...entries, ...(isSame ? older.entries : [])]} keyOf=${({ id }) => id}
          caption=${say("console.audit.title")} />
        <${Failure} problem=${more.problem} onRetry=${more.run} />
        <${More} load=${next} onMore=${more.run} />`}
    <//>
  <//>`;
}
