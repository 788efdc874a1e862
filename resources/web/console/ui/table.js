// A table that is a list of cards at phone width. `columns`: {key, title, draw(row), isNumber, isMain}.
import { html } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { Button } from "./basics.js";

export function Table({ columns, rows, keyOf, caption, onRow = null }) {
  return html`<div class="table-wrap"><table>
    <caption class="unseen">${caption}</caption>
    <thead><tr>${columns.map(({ key, title, isNumber }) => html`<th key=${key} scope="col" class=${isNumber ? "number" : ""}>${title}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr key=${keyOf(row)} class=${onRow ? "opens" : ""} onClick=${onRow ? (event) => {
        if (!event.target.closest("a,button,input,label")) onRow(row);
      } : undefined}>
        ${columns.map(
          ({ key, title, draw, isNumber, isMain }) =>
            html`<td key=${key} data-title=${title} class=${[isNumber && "number", isMain && "main"].filter(Boolean).join(" ")}>${draw(row)}</td>`,
        )}
      </tr>`,
    )}</tbody>
  </table></div>`;
}

// The rest of a list that comes in pages.
export function More({ load, onMore }) {
  return load ? html`<p class="more"><${Button} onClick=${onMore}>${say("ui.more")}<//></p>` : null;
}
