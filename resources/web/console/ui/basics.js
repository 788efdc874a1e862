// Small parts of every page: buttons, badges, notes, and the three states of what is fetched.
import { Problem, UNREACHABLE } from "../lib/api.js";
import { html, useErrorBoundary } from "../lib/html.js";
import { say } from "../lib/i18n.js";

export function Button({ kind = "plain", isBusy = false, disabled = false, type = "button", children, ...rest }) {
  return html`<button ...${rest} type=${type} class=${`button ${kind}`} disabled=${disabled || isBusy} aria-busy=${isBusy}>
    ${isBusy ? html`<span class="spinner" aria-hidden="true"></span>` : null}${children}
  </button>`;
}

const MARKS = { good: "✓", bad: "✕", warn: "!", wait: "…", plain: "•" };

// A state in a word: colour, sign and text say the same.
export function Badge({ tone = "plain", children }) {
  return html`<span class=${`badge ${tone}`}><span aria-hidden="true">${MARKS[tone]}</span> ${children}</span>`;
}

export function Loading() {
  return html`<p class="state loading" role="status"><span class="spinner" aria-hidden="true"></span>${say("ui.loading")}</p>`;
}

export function Empty({ title, children = null }) {
  return html`<div class="state empty"><p class="lead">${title}</p>${children}</div>`;
}

export function words(problem) {
  if (problem instanceof Problem && problem.code !== UNREACHABLE) return problem;
  return {
    title: say("ui.unreachable.title"),
    detail: say("ui.unreachable.detail"),
    action: say("ui.unreachable.action"),
    traceId: "",
  };
}

// Why something failed, what to do about it, and a way to try again.
export function Failure({ problem, onRetry = null }) {
  if (!problem) return null;
  const { title, detail, action, traceId } = words(problem);
  return html`<div class="note bad" role="alert">
    <p class="lead">${title}</p>
    ${detail && detail !== title ? html`<p>${detail}</p>` : null}
    ${action ? html`<p>${action}</p>` : null}
    ${traceId ? html`<p class="fine">${say("ui.trace", { id: traceId })}</p>` : null}
    ${onRetry ? html`<${Button} onClick=${onRetry}>${say("ui.retry")}<//>` : null}
  </div>`;
}

// What `useLoad` gives, in its states; `children(value)` draws what is there, and `empty` what is not.
export function Loaded({ load, isEmpty = () => false, empty = null, children }) {
  if (load.value === undefined) {
    return load.problem ? html`<${Failure} problem=${load.problem} onRetry=${load.reload} />` : html`<${Loading} />`;
  }
  return html`<div aria-busy=${load.isLoading}>
    ${load.problem ? html`<${Failure} problem=${load.problem} onRetry=${load.reload} />` : null}
    ${isEmpty(load.value) ? empty : children(load.value)}
  </div>`;
}

// A bug of ours in one page must not take the others with it.
export function Fence({ children }) {
  const [error, reset] = useErrorBoundary((found) => console.error(found));
  if (!error) return children;
  return html`<div class="note bad" role="alert">
    <p class="lead">${say("ui.bug.title")}</p>
    <p>${say("ui.bug.detail")}</p>
    <${Button} onClick=${reset}>${say("ui.retry")}<//>
  </div>`;
}

export function Page({ title, actions = null, children }) {
  return html`<section class="page" aria-labelledby="page-title">
    <header class="page-head"><h1 id="page-title" tabindex="-1">${title}</h1><div class="actions">${actions}</div></header>
    <${Fence}>${children}<//>
  </section>`;
}
