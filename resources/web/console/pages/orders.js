// The orders: found as one types, page by page; new ones, tables of many, labels to print.
import { get, mayAs } from "../lib/api.js";
import { html, useEffect, useState } from "../lib/html.js";
import { ago, say } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { useReturn } from "../lib/live.js";
import { addressOf, go, refine } from "../lib/router.js";
import { Badge, Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { useDialog } from "../ui/dialog.js";
import { Field } from "../ui/forms.js";
import { More, Table } from "../ui/table.js";
import Order from "./order.js";
import { LabelDialog, OrderDialog } from "./order_dialogs.js";
import { ImportDialog } from "./order_import.js";

const PAUSE_MS = 250;

export default function Orders({ place }) {
  return place.parts[1] ? html`<${Order} key=${place.parts[1]} orderId=${place.parts[1]} />` : html`<${List} place=${place} />`;
}

function List({ place }) {
  const query = place.query.q ?? "";
  const [typed, setTyped] = useState(query);
  const [ticked, setTicked] = useState(new Set());
  const [dialog, open] = useDialog();
  const load = useLoad((signal) => page(query, null, signal), [query]);
  const more = useAction(async () => {
    const { orders, next } = await page(query, load.value.next);
    load.replace({ orders: [...load.value.orders, ...orders], next });
  });
  useReturn(load.reload);
  useEffect(() => {
    if (typed === query) return undefined;
    const timer = setTimeout(() => refine({ q: typed }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => setTicked(new Set()), [query]);
  const mayWrite = mayAs("lead");
  const done = (close) => {
    close();
    load.reload();
  };
  const actions = [
    ticked.size > 0 &&
      html`<${Button} onClick=${() => open((close) => html`<${LabelDialog} ids=${[...ticked]} onClose=${close} />`)}>
        ${say("console.orders.labels_of", { count: ticked.size })}<//>`,
    mayWrite &&
      html`<${Button} onClick=${() => open((close) => html`<${ImportDialog} onClose=${() => done(close)} />`)}>${say("console.orders.import")}<//>`,
    mayWrite &&
      html`<${Button} kind="main" onClick=${() =>
        open(
          (close) => html`<${OrderDialog} onClose=${close} onDone=${({ orderId }) => {
            close();
            go(["orders", orderId]);
          }} />`,
        )}>${say("console.orders.new")}<//>`,
  ];
  return html`<${Page} title=${say("console.orders.title")} actions=${actions}>
    <div role="search"><${Field} label=${say("console.orders.search")} type="search" value=${typed} onChange=${setTyped} autocomplete="off" maxlength="200" /></div>
    <${Loaded} load=${load} isEmpty=${({ orders }) => orders.length === 0}
      empty=${
        query
          ? html`<${Empty} title=${say("console.orders.none_found")}><p>${say("console.orders.none_found_help")}</p><//>`
          : html`<${Empty} title=${say("console.orders.empty")}><p>${say("console.orders.empty_help")}</p><//>`
      }>
      ${({ orders, next }) => html`
        <${Table} caption=${say("console.orders.title")} rows=${orders} keyOf=${(order) => order.orderId}
          onRow=${(order) => go(["orders", order.orderId])} columns=${columns(ticked, setTicked)} />
        <${Failure} problem=${more.problem} />
        <${More} load=${next} onMore=${more.run} />`}
    <//>
    ${dialog}
  <//>`;
}

async function page(query, cursor, signal) {
  const asked = new URLSearchParams({ limit: "50", ...(query && { q: query }), ...(cursor && { cursor }) });
  return get(`/api/orders?${asked}`, { signal });
}

function columns(ticked, setTicked) {
  const toggle = (id) => {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    setTicked(next);
  };
  return [
    {
      key: "tick",
      title: say("console.orders.chosen"),
      draw: ({ orderId }) => html`<input type="checkbox" class="choose" checked=${ticked.has(orderId)}
        aria-label=${say("console.orders.choose", { order: orderId })} onChange=${() => toggle(orderId)} />`,
    },
    {
      key: "id",
      title: say("console.orders.number"),
      isMain: true,
      draw: ({ orderId }) => html`<a class="mono" href=${addressOf(["orders", orderId])}>${orderId}</a>`,
    },
    { key: "title", title: say("console.orders.name"), draw: ({ title }) => title },
    { key: "customer", title: say("console.orders.customer"), draw: ({ customer }) => customer ?? "–" },
    { key: "due", title: say("console.orders.due"), draw: ({ dueDate }) => dueDate ?? "–" },
    { key: "documents", title: say("console.orders.documents"), draw: ({ documents, origin }) => papers(documents ?? [], origin) },
    { key: "updated", title: say("console.orders.updated"), draw: ({ updatedAt }) => ago(updatedAt) },
  ];
}

function papers(documents, origin) {
  return html`<span>${
    documents.length === 0
      ? html`<${Badge} tone="warn">${say("console.orders.no_document")}<//>`
      : documents.map(({ documentId, title, revision }) => html`<span class="paper" key=${documentId}>${title} <${Badge}>${revision}<//></span>`)
  }${origin ? html` <${Badge} tone=${origin.isStale ? "warn" : "plain"}>${origin.name}<//>` : null}</span>`;
}

