// How another browser becomes a screen, and how a phone scans: the addresses, large enough for a camera.
import { get } from "../lib/api.js";
import { html } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useLoad } from "../lib/load.js";
import { Empty, Loaded } from "../ui/basics.js";
import { Copy } from "../ui/copy.js";
import { Dialog } from "../ui/dialog.js";
import { useSvg } from "../ui/svg.js";

export function EntrancesDialog({ onClose }) {
  const load = useLoad((signal) => get("/api/entrances", { signal }));
  return html`<${Dialog} title=${say("console.entrances.title")} onClose=${onClose} wide>
    <${Loaded} load=${load} isEmpty=${({ entrances }) => entrances.length === 0} empty=${html`<${Empty} title=${say("console.entrances.none")} />`}>
      ${({ entrances }) => html`<div class="entrances">${entrances.map((each) => html`<${Entrance} key=${each.kind} entrance=${each} />`)}</div>
        <p class="fine">${say("console.entrances.certificate")} <a href="/ca" target="_blank" rel="noreferrer">${say("console.entrances.authority")}</a></p>`}
    <//>
  <//>`;
}

function Entrance({ entrance }) {
  const qr = useSvg(entrance.qrSvg);
  const name = say(`console.entrances.name.${entrance.kind}`);
  return html`<section aria-label=${name}>
    <h3>${name}</h3>
    <p>${say(`console.entrances.how.${entrance.kind}`)}</p>
    ${qr ? html`<img class="qr" src=${qr} alt=${say("console.entrances.qr_of", { name })} width="220" height="220" />` : null}
    <${Copy} label=${say("console.entrances.address_of", { name })} text=${entrance.url} />
  </section>`;
}
