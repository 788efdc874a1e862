// Dead letters: what ended badly and nobody has dealt with; send it again or lay it aside, one or many.
import { get, mayAs, post, remove } from "../lib/api.js";
import { isGood, stateWord } from "../lib/commands.js";
import { html, useCallback, useEffect, useMemo, useState } from "../lib/html.js";
import { number, say, time } from "../lib/i18n.js";
import { ask, useLive, useReturn } from "../lib/live.js";
import { useAction, useLoad } from "../lib/load.js";
import { addressOf, refine, usePlace } from "../lib/router.js";
import { Badge, Button, Empty, Loaded, Page, words } from "../ui/basics.js";
import { Confirm, useDialog } from "../ui/dialog.js";
import { Field } from "../ui/forms.js";
import { StateBadge } from "../ui/outcome.js";
import { More } from "../ui/table.js";
import { What } from "./delivery_parts.js";

const PAGE = 50;
const MOST_AT_ONCE = 200;
const OUTCOME_LOOKS = 16;
const LOOK_MS = 500;

export default function DeadLetters() {
  const { query } = usePlace();
  const { screen = "" } = query;
  const [limit, setLimit] = useState(PAGE);
  const load = useLoad((signal) => read(screen.trim(), limit, signal), [screen, limit]);
  const [chosen, setChosen] = useState(new Set());
  // By id: what was done and what became of it. Rows that were dealt with stay until the page is read anew.
  const [results, setResults] = useState(new Map());
  const [kept, setKept] = useState([]);
  const [dialog, open] = useDialog();
  const isCalm = results.size === 0;
  const news = useCallback(({ lastOutcome }) => isCalm && lastOutcome && lastOutcome.state !== "shown" && load.reload(), [isCalm, load.reload]);
  useLive("screen:status", news);
  useReturn(load.reload);
  useEffect(() => {
    ask("watch", {}).catch(() => {});
  }, []);
  const rows = useMemo(() => {
    const now = load.value?.deliveries ?? [];
    const ids = new Set(now.map(({ id }) => id));
    return [...kept.filter(({ id }) => !ids.has(id)), ...now].sort((one, other) => other.createdAt - one.createdAt);
  }, [load.value, kept]);
  const open_ = rows.filter(({ id }) => !results.has(id));
  const note = (id, result) => setResults((before) => new Map(before).set(id, result));
  const work = useAction(async (ids, step) => {
    setKept(rows);
    for (const id of ids) {
      note(id, { isBusy: true });
      try {
        note(id, await step(id, (result) => note(id, result)));
      } catch (problem) {
        note(id, { problem });
      }
    }
    setChosen(new Set());
    return true;
  });
  const replay = (ids) => work.run(ids, replayed);
  const discard = (ids) =>
    open(
      (close) => html`<${Confirm} title=${say("console.dead_letters.discard_title", { count: number(ids.length) })}
        text=${say("console.dead_letters.discard_text")} yes=${say("console.dead_letters.discard")} onClose=${close}
        work=${async () => true} onDone=${() => {
          close();
          work.run(ids, discarded);
        }} />`,
    );
  const again = () => {
    setResults(new Map());
    setKept([]);
    load.reload();
  };
  const may = mayAs("operator");
  const picked = open_.filter(({ id }) => chosen.has(id)).map(({ id }) => id);
  const all = open_.length > 0 && picked.length === open_.length;
  return html`<${Page} title=${say("console.dead_letters.title")}>
    ${dialog}
    <p class="fine">${say("console.dead_letters.help")}</p>
    <div class="filters" role="search"><${Field} label=${say("console.delivery.screen")} type="search" value=${screen} onChange=${(wish) => refine({ ...query, screen: wish })} /></div>
    <${Loaded} load=${load} isEmpty=${() => rows.length === 0} empty=${html`<${Empty} title=${say("console.dead_letters.empty")} />`}>
      ${() => html`<div>
        ${may
          ? html`<div class="bulk" role="group" aria-label=${say("console.dead_letters.bulk")}>
              <label class="row"><input type="checkbox" checked=${all} disabled=${open_.length === 0}
                onChange=${() => setChosen(all ? new Set() : new Set(open_.map(({ id }) => id)))} /> ${say("console.dead_letters.all", { count: number(open_.length) })}</label>
              <${Button} kind="main" disabled=${picked.length === 0} isBusy=${work.isBusy} onClick=${() => replay(picked)}>${say("console.dead_letters.replay_many", { count: number(picked.length) })}<//>
              <${Button} kind="danger" disabled=${picked.length === 0 || work.isBusy} onClick=${() => discard(picked)}>${say("console.dead_letters.discard_many", { count: number(picked.length) })}<//>
              ${results.size && !work.isBusy ? html`<${Button} onClick=${again}>${say("console.dead_letters.again")}<//>` : null}
            </div>`
          : null}
        ${results.size ? html`<p role="status" class="lead">${tally(results)}</p>` : null}
        <ul class="letters">${rows.map(
          (letter) => html`<li key=${letter.id} class="card">
            <${Letter} letter=${letter} result=${results.get(letter.id)} may=${may} isBusy=${work.isBusy} isChosen=${chosen.has(letter.id)}
              onChoose=${() => setChosen(toggled(chosen, letter.id))} onReplay=${() => replay([letter.id])} onDiscard=${() => discard([letter.id])} />
          </li>`,
        )}</ul>
        <${More} load=${Boolean(load.value?.next)} onMore=${() => setLimit(limit + PAGE)} />
      </div>`}
    <//>
  <//>`;
}

// As many as are wished, page by page: the relay gives two hundred at once at most.
async function read(screen, limit, signal) {
  const deliveries = [];
  let next = null;
  do {
    const search = new URLSearchParams({ limit: Math.min(MOST_AT_ONCE, limit - deliveries.length), ...(screen ? { screenId: screen } : {}), ...(next ? { cursor: next } : {}) });
    const page = await get(`/api/dead-letters?${search}`, { signal });
    deliveries.push(...page.deliveries);
    next = page.next ?? null;
  } while (next && deliveries.length < limit);
  return { deliveries, next };
}

function toggled(set, id) {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

// Send it again, and follow it for eight seconds.
async function replayed(id, tellNow) {
  let report = await post(`/api/dead-letters/${id}/retry`);
  tellNow({ report, isBusy: true });
  for (let look = 0; look < OUTCOME_LOOKS && ["waiting", "sent", "received"].includes(report.state); look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    report = await get(`/api/trigger/${report.id}`);
  }
  return { report };
}

async function discarded(id) {
  await remove(`/api/dead-letters/${id}`);
  return { isDiscarded: true };
}

function tally(results) {
  const all = [...results.values()];
  const count = (is) => number(all.filter(is).length);
  return say("console.dead_letters.tally", {
    shown: count(({ report, isBusy }) => report && !isBusy && isGood(report)),
    open: count(({ report, isBusy }) => isBusy || (report && ["waiting", "sent", "received"].includes(report.state))),
    discarded: count(({ isDiscarded }) => isDiscarded),
    failed: count(({ problem, report, isBusy }) => problem || (report && !isBusy && ["failed", "expired", "dead"].includes(report.state))),
  });
}

function Letter({ letter, result, may, isBusy, isChosen, onChoose, onReplay, onDiscard }) {
  const name = [letter.screenId, letter.orderId].filter(Boolean).join(" · ");
  return html`<div class="letter">
    ${may && !result
      ? html`<input type="checkbox" aria-label=${say("console.dead_letters.choose", { name })} checked=${isChosen} onChange=${onChoose} />`
      : html`<span></span>`}
    <div>
      <div class="row"><strong class="mono"><a href=${addressOf(["screens", letter.screenId])}>${letter.screenId}</a></strong>
        <${What} delivery=${letter} /><${StateBadge} state=${letter.state} verb=${letter.verb} /> <span class="fine">${time(letter.createdAt)}</span></div>
      <p class="lead">${letter.detail ?? letter.code ?? stateWord(letter.state)}</p>
      ${letter.action ? html`<p>${letter.action}</p>` : null}
      ${result ? html`<${Result} result=${result} />` : null}
    </div>
    ${may && !result
      ? html`<div class="actions"><${Button} disabled=${isBusy} onClick=${onReplay} aria-label=${say("console.dead_letters.replay_one", { name })}>${say("console.dead_letters.replay")}<//>
          <${Button} kind="danger" disabled=${isBusy} onClick=${onDiscard} aria-label=${say("console.dead_letters.discard_one", { name })}>${say("console.dead_letters.discard")}<//></div>`
      : null}
  </div>`;
}

function Result({ result }) {
  if (result.problem) {
    const { title, detail, action } = words(result.problem);
    return html`<p class="note bad">${[detail || title, action].filter(Boolean).join(" ")}</p>`;
  }
  if (result.isDiscarded) return html`<p><${Badge} tone="plain">${say("console.dead_letters.discarded")}<//></p>`;
  if (!result.report) return html`<p><span class="spinner" aria-hidden="true"></span> ${say("console.dead_letters.sending")}</p>`;
  const { report } = result;
  return html`<p class="row">→ <${StateBadge} state=${report.state} verb=${report.verb} />
    <a href=${addressOf(["deliveries", report.id])}>${say("console.dead_letters.new_delivery")}</a>
    ${report.detail && !isGood(report) ? html`<span>${report.detail}</span>` : null}</p>`;
}
