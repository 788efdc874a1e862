// One screen: its monitors and windows, what it was sent, its name, its pairing.
import { get, mayAs, patch, remove } from "../lib/api.js";
import { monitorWord } from "../lib/commands.js";
import { Fragment, html, useEffect, useState } from "../lib/html.js";
import { ago, say, time } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { addressOf, go, refine, usePlace } from "../lib/router.js";
import { nameOf, useScreen } from "../lib/screens.js";
import { Button, Empty, Loaded, Page } from "../ui/basics.js";
import { Confirm, Dialog, useDialog } from "../ui/dialog.js";
import { Field, Form } from "../ui/forms.js";
import { Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";
import { deliveryColumns } from "./delivery_parts.js";
import { PairingDialog } from "./pairing.js";
import { Control } from "./screen_control.js";
import { Guests } from "./screen_guests.js";
import { LastOutcome, LinkState, shownIn, WindowMarks, windowWords } from "./screen_parts.js";

const RECENT = 10;

export default function Screen({ screenId }) {
  const load = useScreen(screenId);
  const { query } = usePlace();
  const [dialog, open] = useDialog();
  const screen = load.value;
  const pair = () => open((close) => html`<${PairingDialog} screen=${screen} onPaired=${load.reload} onClose=${close} />`);
  useEffect(() => {
    if (query.pair && screen) {
      refine({});
      pair();
    }
  }, [query.pair, Boolean(screen)]);
  const rename = () => open((close) => html`<${Rename} screen=${screen} onDone=${load.reload} onClose=${close} />`);
  const revoke = () =>
    open(
      (close) => html`<${Confirm} title=${say("console.screen.revoke_title", { name: nameOf(screen) })}
        text=${say("console.screen.revoke_text")} yes=${say("console.screen.revoke_yes")} onClose=${close}
        work=${async () => {
          await remove(`/api/screens/${encodeURIComponent(screen.screenId)}`);
          return true;
        }}
        onDone=${() => {
          toast(say("console.screen.revoked", { name: nameOf(screen) }));
          close();
          go(["screens"]);
        }} />`,
    );
  const actions =
    screen && mayAs("admin")
      ? html`<${Button} onClick=${rename}>${say("console.screen.rename")}<//>
          <${Button} onClick=${pair}>${say(screen.paired ? "console.screen.pair_again" : "console.screens.pair")}<//>
          <${Button} kind="danger" onClick=${revoke}>${say("console.screen.revoke")}<//>`
      : null;
  return html`<${Page} title=${screen ? nameOf(screen) : screenId} actions=${actions}>
    <p><a href=${addressOf(["screens"])}>← ${say("console.screens.title")}</a></p>
    ${dialog}
    <${Loaded} load=${load}>${(found) => html`<${Whole} screen=${found} open=${open} />`}<//>
  <//>`;
}

function Whole({ screen, open }) {
  const facts = [
    [say("console.screens.id"), html`<span class="mono">${screen.screenId}</span>`],
    [say("console.screen.device"), screen.device],
    [say("console.screen.app"), screen.appVersion],
    [say("console.screen.seen"), screen.online ? say("console.screen.now") : screen.lastSeenAt && `${ago(screen.lastSeenAt)} (${time(screen.lastSeenAt)})`],
    [say("console.screen.paired_at"), screen.pairedAt && time(screen.pairedAt)],
    [say("console.screen.last"), screen.lastOutcome && html`<${LastOutcome} screen=${screen} />`],
  ].filter(([, value]) => value);
  return html`<${Fragment}>
    <div class="bench">
      <section class="card" aria-labelledby="state-title">
        <div class="row between"><h2 id="state-title">${say("console.screen.state")}</h2><${LinkState} screen=${screen} /></div>
        <dl class="facts">${facts.map(([name, value]) => html`<${Fragment} key=${name}><dt>${name}</dt><dd>${value}</dd></${Fragment}>`)}</dl>
      </section>
      ${screen.paired && mayAs("operator")
        ? html`<${Control} screen=${screen} open=${open} />`
        : null}
      <${Monitors} screen=${screen} />
    </div>
    ${mayAs("admin") ? html`<${Guests} screen=${screen} open=${open} />` : null}
    <${Recent} screen=${screen} />
  </${Fragment}>`;
}

// Each monitor in its own proportions, with what lies on it.
function Monitors({ screen }) {
  const placed = (displayId) => screen.windows.filter((window) => (window.displayId ?? null) === displayId && shownIn(window));
  const homeless = placed(null);
  return html`<section aria-labelledby="monitors-title"><h2 id="monitors-title">${say("console.screen.monitors")}</h2>
    ${screen.displays.length ? null : html`<${Empty} title=${say("console.screen.no_monitors")} />`}
    <ul class="monitors">${screen.displays.map(
      (display) => html`<li key=${display.displayId} class="card">
        <svg viewBox=${`0 0 ${display.width || 16} ${display.height || 9}`} role="img" aria-label=${monitorWord(display)} class=${placed(display.displayId).length ? "full" : ""}>
          <rect width="100%" height="100%" rx="3%" />
          <text x="50%" y="50%" font-size=${(display.height || 9) / 2.4} text-anchor="middle" dominant-baseline="central">${display.index + 1}</text>
        </svg>
        <p class="lead">${monitorWord(display)}${display.primary ? html` <span class="fine">${say("console.screen.primary")}</span>` : null}</p>
        <p class="fine">${display.width} × ${display.height} · ${Math.round(display.scale * 100)}%</p>
        ${placed(display.displayId).length
          ? html`<${Windows} screen=${screen} windows=${placed(display.displayId)} />`
          : html`<p class="fine">${say("console.screens.shows_nothing")}</p>`}
      </li>`,
    )}</ul>
    ${homeless.length ? html`<div class="note warn"><p class="lead">${say("console.screen.waiting_monitor")}</p><${Windows} screen=${screen} windows=${homeless} /></div>` : null}
  </section>`;
}

function Windows({ screen, windows }) {
  return html`<ul class="showing">${windows.map(
    (window) => html`<li key=${window.windowId}><strong class="mono">${shownIn(window)}</strong>
      <span class="fine"> ${windowWords(screen, { ...window, displayId: null }).join(" · ")}${window.windowId === "main" ? "" : ` · ${window.windowId}`}</span>
      <${WindowMarks} window=${window} /></li>`,
  )}</ul>`;
}

function Recent({ screen }) {
  const load = useLoad(
    (signal) => get(`/api/deliveries?limit=${RECENT}&screenId=${encodeURIComponent(screen.screenId)}`, { signal }),
    [screen.screenId, screen.lastOutcome?.id],
  );
  return html`<section aria-labelledby="recent-title">
    <div class="row between"><h2 id="recent-title">${say("console.screen.recent")}</h2>
      <a href=${addressOf(["deliveries"], { screen: screen.screenId })}>${say("console.screen.all_deliveries")}</a></div>
    <${Loaded} load=${load} isEmpty=${({ deliveries }) => deliveries.length === 0} empty=${html`<${Empty} title=${say("console.deliveries.empty")} />`}>
      ${({ deliveries }) => html`<${Table} caption=${say("console.screen.recent")} rows=${deliveries} keyOf=${({ id }) => id}
        columns=${deliveryColumns({ withScreen: false })} onRow=${({ id }) => go(["deliveries", id])} />`}
    <//>
  </section>`;
}

function Rename({ screen, onDone, onClose }) {
  const [name, setName] = useState(screen.name);
  const action = useAction(() => patch(`/api/screens/${encodeURIComponent(screen.screenId)}`, { name: name.trim() }));
  return html`<${Dialog} title=${say("console.screen.rename")} onClose=${onClose}>
    <${Form} action=${action} onCancel=${onClose} submit=${say("console.screen.save")}
      onSubmit=${async () => {
        if (await action.run()) {
          toast(say("console.screen.renamed"));
          onDone();
          onClose();
        }
      }}>
      <${Field} label=${say("console.screens.name")} value=${name} onChange=${setName} maxlength="200" help=${say("console.screen.rename_help")} />
    <//>
  <//>`;
}
