// The screens of this relay: who is there, what each shows, and what can be told to it.
import { mayAs } from "../lib/api.js";
import { html, useMemo, useState } from "../lib/html.js";
import { ago, number, say } from "../lib/i18n.js";
import { addressOf, go, refine, usePlace } from "../lib/router.js";
import { nameOf, useGroups, useScreens } from "../lib/screens.js";
import { Button, Empty, Loaded, Page } from "../ui/basics.js";
import { useDialog } from "../ui/dialog.js";
import { Choice, Field } from "../ui/forms.js";
import { More } from "../ui/table.js";
import { EntrancesDialog } from "./entrances.js";
import { NewScreenDialog, RequestsButton } from "./pairing.js";
import Screen from "./screen.js";
import { Actions, dialogOf, LastOutcome, LinkState, Picture, shownIn, Showing } from "./screen_parts.js";

const FIRST = 60;
const BAD = new Set(["failed", "expired", "dead"]);
const STATES = {
  online: (screen) => screen.online,
  offline: (screen) => screen.paired && !screen.online,
  unpaired: (screen) => !screen.paired,
  trouble: (screen) => (screen.paired && !screen.online) || BAD.has(screen.lastOutcome?.state),
};
const ORDERS = {
  name: (one, other) => nameOf(one).localeCompare(nameOf(other), undefined, { numeric: true }),
  state: (one, other) => rank(one) - rank(other) || ORDERS.name(one, other),
  seen: (one, other) => (other.lastSeenAt ?? 0) - (one.lastSeenAt ?? 0),
  outcome: (one, other) => (other.lastOutcome?.at ?? 0) - (one.lastOutcome?.at ?? 0),
};

function rank(screen) {
  if (STATES.trouble(screen)) return 0;
  return screen.online ? 1 : 2;
}

export default function Screens({ place }) {
  return place.parts[1] ? html`<${Screen} key=${place.parts[1]} screenId=${place.parts[1]} />` : html`<${All} />`;
}

function All() {
  const { query } = usePlace();
  const { q = "", state = "", group = "", sort = "name" } = query;
  const load = useScreens();
  const groups = useGroups();
  const [most, setMost] = useState(FIRST);
  const [dialog, open] = useDialog();
  const change = (part) => {
    setMost(FIRST);
    refine({ ...query, ...part });
  };
  const found = useMemo(() => pick(load.value ?? [], { q, state, group, sort }, groups), [load.value, q, state, group, sort, groups]);
  const add = () => open((close) => html`<${NewScreenDialog} onClose=${close} onAdded=${load.reload} />`);
  const entrances = () => open((close) => html`<${EntrancesDialog} onClose=${close} />`);
  const actions = [
    mayAs("lead") && html`<${Button} onClick=${entrances}>${say("console.entrances.open")}<//>`,
    mayAs("admin") && html`<${RequestsButton} screens=${load.value ?? []} onPaired=${load.reload} />
        <${Button} kind="main" onClick=${add}>${say("console.screens.add")}<//>`,
  ];
  return html`<${Page} title=${say("console.screens.title")} actions=${actions}>
    ${dialog}
    <${Loaded} load=${load} isEmpty=${(all) => all.length === 0}
      empty=${html`<${Empty} title=${say("console.screens.empty")}>
        ${mayAs("admin") ? html`<p>${say("console.screens.empty_help")}</p>` : null}<//>`}>
      ${(all) => html`<div>
        <div class="filters" role="search">
          <${Field} label=${say("console.screens.search")} type="search" value=${q} onChange=${(text) => change({ q: text })} />
          <${Choice} label=${say("console.screens.state")} value=${state} onChange=${(wish) => change({ state: wish })}
            options=${[["", say("console.screens.all")], ...Object.keys(STATES).map((each) => [each, say(`console.screens.only.${each}`)])]} />
          ${groups.length
            ? html`<${Choice} label=${say("console.screens.group")} value=${group} onChange=${(wish) => change({ group: wish })}
                options=${[["", say("console.screens.all")], ...groups.map(({ name }) => [name, name])]} />`
            : null}
          <${Choice} label=${say("console.screens.sort")} value=${sort} onChange=${(wish) => change({ sort: wish })}
            options=${Object.keys(ORDERS).map((each) => [each, say(`console.screens.by.${each}`)])} />
        </div>
        <p class="fine" role="status">${say("console.screens.count", {
          shown: number(found.length),
          online: number(found.filter(STATES.online).length),
          offline: number(found.filter(STATES.offline).length),
        })}</p>
        ${found.length ? null : html`<${Empty} title=${say("console.screens.none_found")}><${Button}
          onClick=${() => change({ q: "", state: "", group: "" })}>${say("console.screens.clear")}<//><//>`}
        <div class="grid tops">${found.slice(0, most).map((screen) => html`<${Card} key=${screen.screenId} screen=${screen} open=${open} />`)}</div>
        <${More} load=${found.length > most} onMore=${() => setMost(most + FIRST)} />
      </div>`}
    <//>
  <//>`;
}

function pick(screens, { q, state, group, sort }, groups) {
  const wish = q.trim().toLowerCase();
  const members = group && new Set(groups.find(({ name }) => name === group)?.screens ?? []);
  return screens
    .filter(
      (screen) =>
        (!wish || texts(screen).some((text) => text.toLowerCase().includes(wish))) &&
        (STATES[state] ?? Boolean)(screen) &&
        (!members || members.has(screen.screenId)),
    )
    .sort(ORDERS[sort] ?? ORDERS.name);
}

function texts(screen) {
  return [screen.screenId, screen.name, screen.device ?? "", ...screen.windows.map(shownIn)];
}

function Card({ screen, open }) {
  const [isOpen, setOpen] = useState(false);
  const openDialog = (name) => open((close) => dialogOf(name, screen, "main", close));
  return html`<article class="card screen-card" aria-label=${nameOf(screen)}>
    <div class="row between"><h2><a href=${addressOf(["screens", screen.screenId])}>${nameOf(screen)}</a></h2><${LinkState} screen=${screen} /></div>
    <p class="fine"><span class="mono">${screen.screenId}</span>${screen.appVersion ? ` · ${say("console.screens.version", { version: screen.appVersion })}` : ""}${screen.displays.length ? ` · ${say("console.screens.monitors", { count: screen.displays.length })}` : ""}</p>
    <${Showing} screen=${screen} />
    <${LastOutcome} screen=${screen} />
    ${!screen.online && screen.lastSeenAt ? html`<p class="fine">${say("console.screens.seen", { ago: ago(screen.lastSeenAt) })}</p>` : null}
    ${!screen.paired && mayAs("admin")
      ? html`<p><${Button} onClick=${() => go(["screens", screen.screenId], { pair: "1" })}>${say("console.screens.pair")}<//></p>`
      : null}
    ${screen.paired && mayAs("operator")
      ? html`<details open=${isOpen} onToggle=${(event) => setOpen(event.currentTarget.open)}>
          <summary>${say("console.screens.control")}</summary>
          ${isOpen ? html`<${Actions} screen=${screen} openDialog=${openDialog} /><${Picture} screen=${screen} />` : null}
        </details>`
      : null}
  </article>`;
}
