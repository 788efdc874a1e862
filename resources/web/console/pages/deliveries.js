// Deliveries: everything that was sent to screens, filtered, newest first; each with its own page.
import { get } from "../lib/api.js";
import { relayNow } from "../lib/clock.js";
import { monitorWord, STATES, stateWord, verbWord } from "../lib/commands.js";
import { csvOf, saveText } from "../lib/download.js";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { number, say } from "../lib/i18n.js";
import { ask, useLive, useReturn } from "../lib/live.js";
import { useAction, useLoad } from "../lib/load.js";
import { go, refine, usePlace } from "../lib/router.js";
import { nameOf } from "../lib/screens.js";
import { Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { Choice, Field } from "../ui/forms.js";
import { More, Table } from "../ui/table.js";
import { toast } from "../ui/toast.js";
import Delivery from "./delivery.js";
import { deliveryColumns, senderWord } from "./delivery_parts.js";

const PAGE = 50;
const HOUR_MS = 3_600_000;
const SPANS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS, all: null };
const MOST_EXPORTED = 20_000;
const LIVE_MS = 1500;
// States that a person asks for together.
const KINDS = { open: "waiting,sent,received", bad: "failed,expired,dead" };

export default function Deliveries({ place }) {
  return place.parts[1] ? html`<${Delivery} key=${place.parts[1]} id=${place.parts[1]} />` : html`<${All} />`;
}

export function searchOf({ screen = "", order = "", state = "", span = "week" }, more = {}) {
  const length = span in SPANS ? SPANS[span] : SPANS.week;
  const search = {
    screenId: screen,
    orderId: order.trim(),
    state: KINDS[state] ?? state,
    since: length == null ? "" : String(relayNow() - length),
    ...more,
  };
  return new URLSearchParams(Object.entries(search).filter(([, value]) => value !== "" && value != null)).toString();
}

function All() {
  const { query } = usePlace();
  const { screen = "", order = "", state = "", span = "week" } = query;
  const screens = useLoad((signal) => get("/api/screens", { signal }));
  const load = useLoad((signal) => get(`/api/deliveries?${searchOf(query, { limit: PAGE })}`, { signal }), [screen, order, state, span]);
  const [rest, setRest] = useState({ deliveries: [], next: null, isOpen: false });
  useEffect(() => setRest({ deliveries: [], next: null, isOpen: false }), [screen, order, state, span]);
  const more = useAction(async () => {
    const cursor = rest.isOpen ? rest.next : load.value.next;
    const page = await get(`/api/deliveries?${searchOf(query, { limit: PAGE, cursor })}`);
    setRest({ deliveries: [...rest.deliveries, ...page.deliveries], next: page.next ?? null, isOpen: true });
  });
  useNews(load.reload, !rest.isOpen);
  const rows = useMemo(() => {
    const first = load.value?.deliveries ?? [];
    const ids = new Set(first.map(({ id }) => id));
    return [...first, ...rest.deliveries.filter(({ id }) => !ids.has(id))];
  }, [load.value, rest]);
  const names = new Map((screens.value?.screens ?? []).map((each) => [each.screenId, nameOf(each)]));
  const change = (part) => refine({ ...query, ...part });
  const options = [["", say("console.deliveries.any")], ...[...names].map(([id, name]) => [id, name === id ? id : `${name} (${id})`])];
  if (screen && !names.has(screen)) options.push([screen, screen]);
  return html`<${Page} title=${say("console.deliveries.title")} actions=${html`<${Export} query=${query} />`}>
    <div class="filters" role="search">
      <${Choice} label=${say("console.delivery.screen")} value=${screen} onChange=${(wish) => change({ screen: wish })} options=${options} />
      <${Field} label=${say("console.delivery.order")} type="search" value=${order} onChange=${(wish) => change({ order: wish })} />
      <${Choice} label=${say("console.delivery.how")} value=${state} onChange=${(wish) => change({ state: wish })}
        options=${[["", say("console.deliveries.any")], ...Object.keys(KINDS).map((each) => [each, say(`console.deliveries.kind.${each}`)]), ...STATES.map((each) => [each, stateWord(each)])]} />
      <${Choice} label=${say("console.deliveries.span")} value=${span} onChange=${(wish) => change({ span: wish })}
        options=${Object.keys(SPANS).map((each) => [each, say(`console.deliveries.span_of.${each}`)])} />
    </div>
    <${Loaded} load=${load} isEmpty=${() => rows.length === 0} empty=${html`<${Empty} title=${say("console.deliveries.empty")}>
      <p>${say("console.deliveries.empty_help")}</p><//>`}>
      ${() => html`<div>
        <${Table} caption=${say("console.deliveries.title")} rows=${rows} keyOf=${({ id }) => id} columns=${deliveryColumns()}
          onRow=${({ id }) => go(["deliveries", id])} />
        <${Failure} problem=${more.problem} />
        <${More} load=${Boolean(rest.isOpen ? rest.next : load.value.next)} onMore=${() => more.run()} />
      </div>`}
    <//>
  <//>`;
}

// Ask anew a moment after something has ended somewhere, as long as only the first page is there.
function useNews(reload, isWanted) {
  const timer = useRef(0);
  const listener = useCallback(() => {
    if (isWanted) timer.current ||= setTimeout(() => { timer.current = 0; reload(); }, LIVE_MS);
  }, [reload, isWanted]);
  useLive("screen:status", listener);
  const begin = useCallback(() => {
    ask("watch", {}).catch(() => {});
    listener();
  }, [listener]);
  useReturn(begin);
  useEffect(() => {
    ask("watch", {}).catch(() => {});
    return () => clearTimeout(timer.current);
  }, []);
}

function Export({ query }) {
  const [count, setCount] = useState(0);
  const action = useAction(async () => {
    const found = [];
    let cursor = null;
    do {
      const page = await get(`/api/deliveries?${searchOf(query, { limit: 200, cursor })}`);
      found.push(...page.deliveries);
      setCount(found.length);
      cursor = page.next ?? null;
    } while (cursor && found.length < MOST_EXPORTED);
    saveText(`benchcast-deliveries-${new Date().toISOString().slice(0, 10)}.csv`, csvOf([HEADS(), ...found.map(line)]));
    toast(say(cursor ? "console.deliveries.exported_part" : "console.deliveries.exported", { count: number(found.length) }), cursor ? "bad" : "good");
    return true;
  });
  return html`<${Button} isBusy=${action.isBusy} onClick=${() => action.run()}>${action.isBusy && count
    ? say("console.deliveries.exporting", { count: number(count) })
    : say("console.deliveries.export")}<//>${action.problem ? html`<${Failure} problem=${action.problem} />` : null}`;
}

const HEADS = () => [
  "id",
  say("console.delivery.when"),
  say("console.delivery.screen"),
  say("console.delivery.what"),
  say("console.delivery.order"),
  say("console.delivery.document"),
  say("console.delivery.revision_head"),
  say("console.delivery.how"),
  say("console.delivery.code"),
  say("console.delivery.reason"),
  say("console.delivery.shown_on"),
  say("console.delivery.attempts"),
  ...["sentMs", "receivedMs", "shownMs", "endedMs"].map((each) => say(`console.delivery.timing.${each}`)),
  say("console.delivery.who"),
];

function line(delivery) {
  const { timings = {} } = delivery;
  return [
    delivery.id,
    new Date(delivery.createdAt).toISOString(),
    delivery.screenId,
    verbWord(delivery.verb),
    delivery.orderId,
    delivery.document,
    delivery.revision,
    stateWord(delivery.state, delivery.verb),
    delivery.code,
    delivery.detail,
    delivery.display && monitorWord(delivery.display),
    delivery.attempts,
    timings.sentMs,
    timings.receivedMs,
    timings.shownMs,
    timings.endedMs,
    senderWord(delivery.sender),
  ];
}
