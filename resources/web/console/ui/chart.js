// A small line chart, drawn here: lines over time, with its scale and legend as text, so that they stay readable on a
// phone. `lines`: {name, tone, values}, `times`: UTC ms of each value; a null leaves a gap.
import { html } from "../lib/html.js";
import { number, say, time } from "../lib/i18n.js";

const WIDTH = 600;
const HEIGHT = 150;

export function Chart({ title, times, lines, unit = "", fine = 0 }) {
  const known = lines.flatMap(({ values }) => values.filter((value) => value != null));
  const most = ceiling(Math.max(0, ...known));
  const write = (value) => `${number(value, { maximumFractionDigits: fine })}${unit}`;
  // What was told last, also when the newest step had nothing to tell.
  const told = (values) => {
    const last = values.findLast((value) => value != null);
    return last == null ? say("ui.chart.none") : write(last);
  };
  const newest = lines.map(({ name, values }) => `${name} ${told(values)}`).join(", ");
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <p class="scale"><span>${write(most)}</span></p>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`${title}: ${newest}`}>
      ${[0, 0.5, 1].map((share) => html`<line key=${share} class="rule" x1="0" x2=${WIDTH} y1=${HEIGHT * share} y2=${HEIGHT * share} />`)}
      ${lines.map(({ name, tone, values }) => html`<path key=${name} class=${tone} d=${path(times, values, most)} />`)}
    </svg>
    <p class="scale"><span>${time(times[0])}</span><span>${time(times.at(-1))}</span></p>
    <ul class="legend">${lines.map(
      ({ name, tone, values }) => html`<li key=${name}><svg viewBox="0 0 24 8" aria-hidden="true"><path class=${tone} d="M0 4H24" /></svg>
        ${name} <strong>${told(values)}</strong></li>`,
    )}</ul>
  </figure>`;
}

// The next round number, so that the line keeps its place while values wander.
function ceiling(value) {
  if (value <= 0) return 1;
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((each) => each * step).find((each) => each >= value);
}

function path(times, values, most) {
  const first = times[0];
  const span = Math.max(1, times.at(-1) - first);
  let isDrawing = false;
  let drawn = "";
  values.forEach((value, place) => {
    if (value == null) {
      isDrawing = false;
      return;
    }
    const x = (((times[place] - first) / span) * WIDTH).toFixed(1);
    const y = (HEIGHT - (value / most) * HEIGHT).toFixed(1);
    // A lone value between two gaps is a dot: a line of no length with a round end.
    const isAlone = !isDrawing && values[place + 1] == null;
    drawn += isAlone ? `M${x} ${y}h.1` : `${isDrawing ? "L" : "M"}${x} ${y}`;
    isDrawing = true;
  });
  return drawn;
}
