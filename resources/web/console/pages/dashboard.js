// How things stand now, and how they went in the last quarter of an hour. Asked again every ten seconds while somebody
// looks, which is how often the relay takes its looks.
import { get, mayAs } from "../lib/api.js";
import { html, useEffect } from "../lib/html.js";
import { ago, number, percent, say } from "../lib/i18n.js";
import { useReturn } from "../lib/live.js";
import { useLoad } from "../lib/load.js";
import { addressOf } from "../lib/router.js";
import { Badge, Empty, Loaded, Page } from "../ui/basics.js";
import { Chart } from "../ui/chart.js";
import { Table } from "../ui/table.js";

const EVERY_MS = 10_000;

export default function Dashboard() {
  const load = useLoad(async (signal) => {
    const [board, series] = await Promise.all([
      get("/api/monitoring/dashboard", { signal }),
      get("/api/monitoring/series", { signal }),
    ]);
    return { board, series };
  });
  useEffect(() => {
    const again = () => document.visibilityState === "visible" && load.reload();
    const timer = setInterval(again, EVERY_MS);
    document.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [load.reload]);
  useReturn(load.reload);
  return html`<${Page} title=${say("console.dashboard.title")}>
    <${Loaded} load=${load}>${({ board, series }) => html`<${Figures} board=${board} series=${series} />
      <${Charts} series=${series} />
      <h2>${say("console.dashboard.errors")}</h2>
      <${Errors} errors=${board.recentErrors} />`}<//>
  <//>`;
}

function Figure({ name, value, isBad = false, href = null }) {
  return html`<div class=${`card figure ${isBad ? "bad" : ""}`}>
    <p>${href ? html`<a href=${href}>${name}</a>` : name}</p><strong>${value}</strong>
  </div>`;
}

function Figures({ board, series }) {
  return html`<div class="figures">
    <${Figure} name=${say("console.dashboard.screens")} value=${number(board.activeScreens)} href=${addressOf(["screens"])} />
    <${Figure} name=${say("console.dashboard.connections")} value=${number(board.totalConnections)} />
    <${Figure} name=${say("console.dashboard.per_minute")} value=${number(board.messagesPerMinute, { maximumFractionDigits: 1 })} />
    <${Figure} name=${say("console.dashboard.latency", { share: "P50" })} value=${ms(series.p50Latency)} />
    <${Figure} name=${say("console.dashboard.latency", { share: "P95" })} value=${ms(series.p95Latency)} />
    <${Figure} name=${say("console.dashboard.latency", { share: "P99" })} value=${ms(series.p99Latency)} />
    <${Figure} name=${say("console.dashboard.error_rate")} value=${percent(board.errorRate)} isBad=${board.errorRate > 0.05} />
    <${Figure} name=${say("console.dashboard.dead_letters")} value=${number(series.deadLetters)} isBad=${series.deadLetters > 0} href=${addressOf(["dead-letters"])} />
    ${board.attacks > 0 ? html`<${Figure} name=${say("console.dashboard.attacks")} value=${number(board.attacks)} isBad href=${mayAs("admin") ? addressOf(["health"]) : null} />` : null}
    <${Figure} name=${say("console.dashboard.uptime")} value=${lasted(board.uptime)} />
  </div>`;
}

function Charts({ series }) {
  const { points, stepSeconds } = series;
  if (points.length < 2) return html`<p class="fine">${say("console.dashboard.soon", { seconds: stepSeconds })}</p>`;
  const times = points.map(({ at }) => at);
  // The newest step is not over yet, so it is left out of what is counted by the minute.
  const whole = points.slice(0, -1);
  const rate = (count) => (count * 60) / stepSeconds;
  const of = (name) => points.map((point) => point[name] ?? null);
  return html`<div class="charts">
    <${Chart} title=${say("console.dashboard.chart.rate")} times=${whole.map(({ at }) => at)} fine=${1} lines=${[
      { name: say("console.dashboard.accepted"), tone: "first", values: whole.map(({ accepted }) => rate(accepted)) },
      { name: say("console.dashboard.failed"), tone: "third", values: whole.map(({ failed }) => rate(failed)) },
    ]} />
    <${Chart} title=${say("console.dashboard.chart.latency")} times=${times} unit=" ms" lines=${[
      { name: "P50", tone: "first", values: of("p50") },
      { name: "P95", tone: "second", values: of("p95") },
      { name: "P99", tone: "third", values: of("p99") },
    ]} />
    <${Chart} title=${say("console.dashboard.chart.connections")} times=${times} lines=${[
      { name: say("console.dashboard.connections"), tone: "first", values: of("connections") },
    ]} />
  </div>`;
}

function Errors({ errors }) {
  if (errors.length === 0) return html`<${Empty} title=${say("console.dashboard.no_errors")} />`;
  const columns = [
    { key: "error", title: say("console.dashboard.error"), isMain: true, draw: ({ error }) => error },
    { key: "severity", title: say("console.dashboard.severity"), draw: ({ severity }) => html`<${Badge} tone=${severity === "error" ? "bad" : "warn"}>${say(`console.dashboard.severity.${severity}`)}<//>` },
    { key: "screen", title: say("console.dashboard.screen"), draw: ({ screenId }) => html`<a href=${addressOf(["screens", screenId])}>${screenId}</a>` },
    { key: "code", title: say("console.dashboard.code"), draw: ({ code }) => html`<span class="mono">${code}</span>` },
    { key: "at", title: say("console.dashboard.at"), draw: ({ timestamp }) => ago(timestamp) },
  ];
  return html`<${Table} columns=${columns} rows=${errors} caption=${say("console.dashboard.errors")}
    keyOf=${({ timestamp, screenId, code }) => `${timestamp} ${screenId} ${code}`} />`;
}

function ms(value) {
  return value == null ? say("ui.chart.none") : number(value, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 });
}

function lasted(seconds) {
  const [unit, length] = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]].find(([, each]) => seconds >= each) ?? ["second", 1];
  return number(Math.floor(seconds / length), { style: "unit", unit, unitDisplay: "long" });
}
