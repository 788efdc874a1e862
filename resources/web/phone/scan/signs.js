// Small drawings beside words; the words say it all.
import { html } from "../../console/lib/html.js";

function Sign({ path }) {
  return html`<svg class="sign" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">
    <path d=${path} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" /></svg>`;
}

const sign = (path) => () => html`<${Sign} path=${path} />`;

export const Torch = sign("M13 2 5 14h6l-1 8 8-12h-6z");
export const Pause = sign("M8 5v14M16 5v14");
export const Play = sign("M7 4l12 8-12 8z");
export const Photo = sign("M4 8h4l2-3h4l2 3h4v11H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z");
export const Scan = sign("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 8v8M12 8v8M16 8v8");
export const Remote = sign("M3 5h18v11H3zM9 20h6M12 16v4");
export const History = sign("M4 12a8 8 0 1 0 3-6.2L4 8M4 4v4h4M12 8v4l3 2");
export const Sound = sign("M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11");
export const Silence = sign("M4 10v4h4l5 4V6L8 10zM17 10l4 4M21 10l-4 4");
export const Settings = sign("M5 7h14M5 12h14M5 17h14M9 5v4M15 10v4M8 15v4");
export const Star = sign("M12 4l2.5 5 5.5.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.5-.8z");
