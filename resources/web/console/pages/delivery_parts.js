// How deliveries are told in tables: what, where, how it stands, how long it took.
import { verbWord } from "../lib/commands.js";
import { html } from "../lib/html.js";
import { number, say, time } from "../lib/i18n.js";
import { addressOf } from "../lib/router.js";
import { StateBadge } from "../ui/outcome.js";

export function milliseconds(ms) {
  if (ms == null) return "";
  return ms < 10_000 ? say("console.delivery.ms", { ms: number(Math.round(ms)) }) : say("console.delivery.seconds", { seconds: number(Math.round(ms / 1000)) });
}

export function subjectOf(delivery) {
  return [delivery.orderId, delivery.document].filter(Boolean).join(" · ");
}

export function tookMs(delivery) {
  return delivery.timings?.shownMs ?? delivery.timings?.endedMs ?? null;
}

export function senderWord(sender) {
  if (!sender) return "";
  const [kind, ...name] = sender.split(":");
  return say("console.delivery.sender", { kind: say(`console.delivery.sender_kind.${kind}`), name: name.join(":") });
}

export function What({ delivery }) {
  return html`<span><a href=${addressOf(["deliveries", delivery.id])}>${verbWord(delivery.verb)}</a>
    ${delivery.orderId ? html` <span class="mono">${delivery.orderId}</span>` : null}
    ${delivery.document ? html` <span class="fine">${delivery.document}</span>` : null}
    ${delivery.revision ? html` <span class="fine">${say("console.delivery.revision", { revision: delivery.revision })}</span>` : null}</span>`;
}

export function deliveryColumns({ withScreen = true } = {}) {
  return [
    { key: "what", title: say("console.delivery.what"), isMain: true, draw: (delivery) => html`<${What} delivery=${delivery} />` },
    withScreen && {
      key: "screen",
      title: say("console.delivery.screen"),
      draw: ({ screenId }) => html`<a class="mono" href=${addressOf(["screens", screenId])}>${screenId}</a>`,
    },
    {
      key: "state",
      title: say("console.delivery.how"),
      draw: (delivery) => html`<span><${StateBadge} state=${delivery.state} verb=${delivery.verb} />
        ${delivery.code && delivery.state !== "shown" ? html` <span class="fine mono">${delivery.code}</span>` : null}</span>`,
    },
    { key: "took", title: say("console.delivery.took"), isNumber: true, draw: (delivery) => milliseconds(tookMs(delivery)) },
    { key: "when", title: say("console.delivery.when"), draw: ({ createdAt }) => time(createdAt) },
    { key: "who", title: say("console.delivery.who"), draw: ({ sender }) => senderWord(sender) },
  ].filter(Boolean);
}
