// Where orders come from beside this relay: sources that are asked when an order is scanned, and the watched folder.
import { get, mayAs, post, put, remove } from "../lib/api.js";
import { html } from "../lib/html.js";
import { ago, number, say } from "../lib/i18n.js";
import { useAction, useLoad } from "../lib/load.js";
import { useReturn } from "../lib/live.js";
import { addressOf } from "../lib/router.js";
import { Badge, Button, Empty, Failure, Loaded, Page } from "../ui/basics.js";
import { Confirm, useDialog } from "../ui/dialog.js";
import { Table } from "../ui/table.js";
import { draftOf, SourceDialog, TryDialog } from "./source_dialogs.js";

export default function Sources() {
  return html`<${Page} title=${say("console.sources.title")}>
    ${mayAs("admin") ? html`<${List} />` : null}
    <${Watched} />
  <//>`;
}

function List() {
  const load = useLoad((signal) => get("/api/sources", { signal }));
  const [dialog, open] = useDialog();
  useReturn(load.reload);
  const edit = (source) =>
    open((close) => html`<${SourceDialog} source=${source} onClose=${close} onDone=${() => {
      close();
      load.reload();
    }} />`);
  const arrange = useAction(async (ids) => load.replace(await put("/api/sources", { sourceIds: ids })));
  const toggle = useAction(async (source) => {
    await put(`/api/sources/${source.sourceId}`, { ...draftOf(source), isEnabled: !source.isEnabled });
    await load.reload();
  });
  const move = (sources, from, to) => {
    const ids = sources.map(({ sourceId }) => sourceId);
    ids.splice(to, 0, ...ids.splice(from, 1));
    arrange.run(ids);
  };
  return html`<section aria-labelledby="sources-list">
    <div class="row"><h2 id="sources-list">${say("console.sources.list")}</h2><${Button} kind="main" onClick=${() => edit(null)}>${say("console.sources.add")}<//></div>
    <p class="fine">${say("console.sources.help")}</p>
    <${Failure} problem=${arrange.problem ?? toggle.problem} />
    <${Loaded} load=${load} isEmpty=${({ sources }) => sources.length === 0}
      empty=${html`<${Empty} title=${say("console.sources.empty")}><p>${say("console.sources.empty_help")}</p><//>`}>
      ${({ sources }) => html`<ol class="sources">${sources.map(
        (source, index) => html`<li key=${source.sourceId} class="card source">
          <header><h2>${source.name}</h2> <${State} source=${source} /></header>
          <p class="mono fine">${source.http ? source.http.urlTemplate : source.sql.url}</p>
          <p class="fine">${[
            say("console.sources.orders", { count: number(source.orders) }),
            say("console.sources.cached_for", { count: number(source.cacheSeconds) }),
            source.answeredAt && say("console.sources.answered", { ago: ago(source.answeredAt) }),
          ].filter(Boolean).join(" · ")}</p>
          ${source.detail ? html`<p class="note warn">${say("console.sources.failed", { ago: ago(source.failedAt) })} ${source.detail}</p>` : null}
          <div class="row">
            <${Button} onClick=${() => open((close) => html`<${TryDialog} source=${source} onClose=${close} />`)}>${say("console.sources.try")}<//>
            <${Button} onClick=${() => edit(source)}>${say("console.sources.edit")}<//>
            <${Button} isBusy=${toggle.isBusy} onClick=${() => toggle.run(source)}>${say(source.isEnabled ? "console.sources.disable" : "console.sources.enable")}<//>
            <${Button} disabled=${index === 0} aria-label=${say("console.sources.up_of", { name: source.name })} onClick=${() => move(sources, index, index - 1)}>↑<//>
            <${Button} disabled=${index === sources.length - 1} aria-label=${say("console.sources.down_of", { name: source.name })} onClick=${() => move(sources, index, index + 1)}>↓<//>
            <${Button} kind="danger" onClick=${() =>
              open((close) => html`<${Confirm} title=${say("console.sources.delete_title", { name: source.name })} text=${say("console.sources.delete_text")} yes=${say("console.sources.delete")}
                work=${async () => {
                  await remove(`/api/sources/${source.sourceId}`);
                  return true;
                }} onClose=${close} onDone=${() => {
                  close();
                  load.reload();
                }} />`)}>${say("console.sources.delete")}<//>
          </div>
        </li>`,
      )}</ol>`}
    <//>
    ${dialog}
  </section>`;
}

function State({ source }) {
  if (!source.isEnabled) return html`<${Badge}>${say("console.sources.state.off")}<//>`;
  if (source.isResting) return html`<${Badge} tone="bad">${say("console.sources.state.resting")}<//>`;
  if (source.detail) return html`<${Badge} tone="warn">${say("console.sources.state.failing")}<//>`;
  return html`<${Badge} tone=${source.answeredAt ? "good" : "wait"}>${say(source.answeredAt ? "console.sources.state.good" : "console.sources.state.unasked")}<//>`;
}

const TONES = { waiting: "wait", filed: "good", failed: "bad" };

function Watched() {
  const load = useLoad((signal) => get("/api/watched-folder", { signal }));
  const retry = useAction(async () => load.replace(await post("/api/watched-folder/retry")));
  useReturn(load.reload);
  const columns = [
    { key: "name", title: say("console.watched.file"), isMain: true, draw: ({ name }) => name },
    {
      key: "order",
      title: say("console.orders.number"),
      draw: ({ orderId, state }) => (orderId && state === "filed" ? html`<a class="mono" href=${addressOf(["orders", orderId])}>${orderId}</a>` : (orderId ?? "–")),
    },
    {
      key: "state",
      title: say("console.watched.state"),
      draw: ({ state, detail }) => html`<span><${Badge} tone=${TONES[state]}>${say(`console.watched.is.${state}`)}<//> ${detail ?? ""}</span>`,
    },
    { key: "at", title: say("console.watched.at"), draw: ({ at }) => (at ? ago(at) : "–") },
  ];
  return html`<section aria-labelledby="watched">
    <h2 id="watched">${say("console.watched.title")}</h2>
    <${Loaded} load=${load} isEmpty=${({ path }) => !path}
      empty=${html`<${Empty} title=${say("console.watched.none")}><p>${say("console.watched.none_help")}</p><//>`}>
      ${({ path, problem, filed, files }) => html`
        <p><span class="mono">${path}</span> · ${say("console.watched.filed", { count: number(filed) })}</p>
        <p class="fine">${say("console.watched.help")}</p>
        ${problem ? html`<p class="note bad" role="alert">${problem}</p>` : null}
        <div class="row"><${Button} onClick=${load.reload}>${say("console.watched.look")}<//>
          ${files.some(({ state }) => state === "failed") ? html`<${Button} isBusy=${retry.isBusy} onClick=${retry.run}>${say("console.watched.retry")}<//>` : null}</div>
        <${Failure} problem=${retry.problem} />
        ${files.length === 0 ? html`<${Empty} title=${say("console.watched.empty")} />` : html`<${Table} caption=${say("console.watched.title")} columns=${columns} rows=${files} keyOf=${({ name }) => name} />`}`}
    <//>
  </section>`;
}
