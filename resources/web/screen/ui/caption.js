// The quiet strip below a document: order, title, revision, page, age, and how the line to the relay stands.
import { html, render } from "../../console/lib/html.js";
import { say } from "../../console/lib/i18n.js";
import { relayNow } from "../link/relay_time.js";

const MINUTE_MS = 60_000;
const UNITS = [["days", 24 * 60], ["hours", 60], ["minutes", 1]];
// The mark before the state of the line: what colour says, its form says too.
export const MARKS = { connected: "●", connecting: "○", offline: "▲", revoked: "✕", replaced: "✕" };

export function drawCaptions(screen) {
  if (!screen.director) return undefined;
  const draw = () => {
    for (const pane of screen.director.panes) render(html`<${Caption} pane=${pane} link=${screen.link.value} />`, pane.caption);
  };
  draw();
  const timer = setInterval(draw, MINUTE_MS);
  return () => clearInterval(timer);
}

function Caption({ pane, link }) {
  const { content, changedFrom } = pane.scene;
  const isAway = link.state !== "connected";
  return html`
    ${content.orderId && html`<b>${content.orderId}</b>`}
    <span class="title">${content.title ?? content.url ?? ""}</span>
    ${changedFrom
      ? html`<span class="changed">◆ ${say("screen.caption.changed", { before: changedFrom, revision: content.revision })}</span>`
      : content.revision && html`<span>${say("screen.caption.revision", { revision: content.revision })}</span>`}
    ${pane.pages !== null && html`<span>${say("screen.caption.page", { page: pane.page, pages: pane.pages })}</span>`}
    ${content.isCached && html`<span class="weak">${say("screen.caption.cached")}</span>`}
    ${(isAway || content.isOld) && html`<span class="age">${age(relayNow() - content.asOf)}</span>`}
    <span class=${`line ${link.state}`}><i aria-hidden="true">${MARKS[link.state]}</i> ${say(`screen.link.${link.state}`)}</span>
  `;
}

// How long ago the relay was asked; a clock that was set back counts as now.
export function age(ms) {
  for (const [unit, minutes] of UNITS) {
    const count = Math.floor(ms / (minutes * MINUTE_MS));
    if (count >= 1) return say(`screen.age.${unit}`, { count });
  }
  return say("screen.age.now");
}
