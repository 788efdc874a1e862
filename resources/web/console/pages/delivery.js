// One delivery: every state that it went through and when, why it ended so, and the picture that it brought.
import { get, mayAs, post, remove } from "../lib/api.js";
import { monitorWord, stateWord, verbWord } from "../lib/commands.js";
import { Fragment, html, useCallback, useEffect } from "../lib/html.js";
import { number, say, time } from "../lib/i18n.js";
import { useLive, useReturn } from "../lib/live.js";
import { useAction, useLoad } from "../lib/load.js";
import { addressOf, go } from "../lib/router.js";
import { Button, Failure, Loaded, Page } from "../ui/basics.js";
import { StateBadge } from "../ui/outcome.js";
import { toast } from "../ui/toast.js";
import { milliseconds, senderWord, subjectOf } from "./delivery_parts.js";
import { Shot } from "./screen_parts.js";

const OPEN = new Set(["waiting", "sent", "received"]);
const BAD = new Set(["failed", "expired", "dead"]);
const LOOK_MS = 2000;

export default function Delivery({ id }) {
  const path = `/api/trigger/${encodeURIComponent(id)}`;
  const load = useLoad((signal) => get(path, { signal }), [id]);
  const delivery = load.value;
  const isOpen = delivery && OPEN.has(delivery.state);
  const listener = useCallback(({ lastOutcome }) => lastOutcome?.id === id && load.reload(), [id, load.reload]);
  useLive("screen:status", listener);
  useReturn(load.reload);
  useEffect(() => {
    if (!isOpen) return undefined;
    // Sent and received are told nobody; what is open now will not be for long.
    const timer = setInterval(() => document.hidden || load.reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isOpen, load.reload]);
  const cancel = useAction(async () => {
    await remove(path);
    toast(say("console.delivery.cancelled"));
    load.reload();
  });
  const retry = useAction(async () => {
    const report = await post(`/api/dead-letters/${encodeURIComponent(id)}/retry`);
    go(["deliveries", report.id]);
  });
  const canRetry = delivery && BAD.has(delivery.state) && !delivery.retriedAs && mayAs("operator");
  const canCancel = delivery && ["waiting", "sent"].includes(delivery.state) && mayAs("operator");
  const actions = html`
    ${canCancel ? html`<${Button} isBusy=${cancel.isBusy} onClick=${() => cancel.run()}>${say("console.delivery.cancel")}<//>` : null}
    ${canRetry ? html`<${Button} kind="main" isBusy=${retry.isBusy} onClick=${() => retry.run()}>${say("console.delivery.retry")}<//>` : null}`;
  return html`<${Page} title=${say("console.delivery.title")} actions=${actions}>
    <p><a href=${addressOf(["deliveries"])}>← ${say("console.deliveries.title")}</a></p>
    <${Failure} problem=${cancel.problem ?? retry.problem} />
    <${Loaded} load=${load}>${(found) => html`<${Whole} delivery=${found} />`}<//>
  <//>`;
}

function Whole({ delivery }) {
  const link = (id) => html`<a class="mono" href=${addressOf(["deliveries", id])}>${id}</a>`;
  const facts = [
    [say("console.delivery.what"), verbWord(delivery.verb)],
    [say("console.delivery.screen"), html`<a class="mono" href=${addressOf(["screens", delivery.screenId])}>${delivery.screenId}</a>`],
    [say("console.delivery.document"), subjectOf(delivery)],
    [say("console.delivery.revision_head"), delivery.revision],
    [say("console.delivery.shown_on"), delivery.display && monitorWord(delivery.display)],
    [say("console.delivery.page"), delivery.page && number(delivery.page)],
    [say("console.delivery.who"), senderWord(delivery.sender)],
    [say("console.delivery.attempts"), delivery.attempts != null && number(delivery.attempts)],
    [say("console.delivery.expires"), time(delivery.expiresAt)],
    [say("console.delivery.superseded_by"), delivery.supersededBy && link(delivery.supersededBy)],
    [say("console.delivery.retry_of"), delivery.retryOf && link(delivery.retryOf)],
    [say("console.delivery.retried_as"), delivery.retriedAs && link(delivery.retriedAs)],
    [say("console.delivery.id"), html`<span class="mono">${delivery.id}</span>`],
  ].filter(([, value]) => value);
  return html`<div class="columns">
    <section class="card" aria-labelledby="facts-title">
      <div class="row between"><h2 id="facts-title">${subjectOf(delivery) || verbWord(delivery.verb)}</h2><${StateBadge} state=${delivery.state} verb=${delivery.verb} /></div>
      ${delivery.detail && delivery.state !== "shown"
        ? html`<div class=${`note ${BAD.has(delivery.state) ? "bad" : "warn"}`}><p class="lead">${delivery.detail}</p>${delivery.action ? html`<p>${delivery.action}</p>` : null}</div>`
        : null}
      <dl class="facts">${facts.map(([name, value]) => html`<${Fragment} key=${name}><dt>${name}</dt><dd>${value}</dd></${Fragment}>`)}</dl>
      ${delivery.screenshot ? html`<${Shot} screenshot=${delivery.screenshot} name=${delivery.screenId} />` : null}
    </section>
    <section class="card" aria-labelledby="history-title"><h2 id="history-title">${say("console.delivery.history")}</h2>
      <${Timeline} delivery=${delivery} /></section>
  </div>`;
}

// The journal keeps its remarks in English; codes and what is not known here stay as they are.
function stageDetail(detail) {
  const attempt = /^attempt (\d+)$/.exec(detail ?? "");
  if (attempt) return say("console.delivery.attempt", { count: attempt[1] });
  if (detail === "the line dropped") return say("console.delivery.line_dropped");
  if (detail === "after its end") return say("console.delivery.after_end");
  return /^by /.test(detail ?? "") ? "" : detail;
}

// The states in their order, each with the time since the trigger; bars show where the time went.
function Timeline({ delivery }) {
  const stages = delivery.history ?? [];
  const first = delivery.createdAt ?? stages[0]?.at ?? 0;
  const whole = Math.max(1, ...stages.map(({ at }) => at - first));
  const { deskLoadedMs, deskShownMs } = delivery.timings ?? {};
  return html`<ol class="timeline">${stages.map(({ state, at, detail }, place) => {
    const from = place ? stages[place - 1].at - first : 0;
    const to = at - first;
    return html`<li key=${place}>
      <div class="row between"><strong>${stateWord(state, delivery.verb)}</strong><span class="number">+${milliseconds(to)}</span></div>
      <svg viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="1000" height="8" />
        <rect x=${(from / whole) * 1000} width=${Math.max(6, ((to - from) / whole) * 1000)} height="8" /></svg>
      <p class="fine">${[time(at), stageDetail(detail)].filter(Boolean).join(" · ")}</p>
    </li>`;
  })}</ol>
  ${deskShownMs != null
    ? html`<p class="fine">${say("console.delivery.at_bench", { loaded: milliseconds(deskLoadedMs ?? 0), shown: milliseconds(deskShownMs) })}</p>`
    : null}`;
}
