// What the relay finds when it examines itself: the same as `benchcast-relay doctor` says at the machine.
import { get } from "../lib/api.js";
import { html } from "../lib/html.js";
import { number, say } from "../lib/i18n.js";
import { useLoad } from "../lib/load.js";
import { Badge, Button, Loaded, Page } from "../ui/basics.js";

const ORDER = { bad: 0, warn: 1, good: 2 };

export default function Health() {
  // Checking every page of a large database takes a while.
  const load = useLoad((signal) => get("/api/monitoring/health", { signal, timeoutMs: 60_000 }));
  const again = html`<${Button} isBusy=${load.isLoading} onClick=${load.reload}>${say("console.health.again")}<//>`;
  return html`<${Page} title=${say("console.health.title")} actions=${again}>
    <${Loaded} load=${load}>${(condition) => html`<${Whole} condition=${condition} />
      <ul class="findings">${[...condition.findings]
        .sort((one, other) => ORDER[one.verdict] - ORDER[other.verdict])
        .map((finding) => html`<${Finding} key=${finding.check} finding=${finding} />`)}</ul>
      <${Versions} versions=${condition.versions} />`}<//>
  <//>`;
}

function Whole({ condition }) {
  const count = (verdict) => condition.findings.filter((each) => each.verdict === verdict).length;
  const tone = !condition.ready || count("bad") ? "bad" : count("warn") ? "warn" : "good";
  return html`<div class=${`note ${tone}`} role="status">
    <p class="lead">${say(condition.ready ? "console.health.ready" : "console.health.not_ready")}</p>
    <p>${say("console.health.total", { good: number(count("good")), warn: number(count("warn")), bad: number(count("bad")) })}</p>
  </div>`;
}

function Finding({ finding }) {
  return html`<li class="card finding">
    <${Badge} tone=${finding.verdict}>${say(`console.health.verdict.${finding.verdict}`)}<//>
    <h2>${finding.title}</h2>
    <p>${finding.detail}</p>
    ${finding.action ? html`<p class="todo">${finding.action}</p>` : null}
  </li>`;
}

function Versions({ versions }) {
  return html`<h2>${say("console.health.versions")}</h2>
    <dl class="facts">${Object.entries(versions).map(
      ([name, value]) => html`<dt key=${`${name} name`}>${say(`console.health.version.${name}`)}</dt><dd key=${name}>${value}</dd>`,
    )}</dl>`;
}
