// What somebody may do with which screen: a list that is read, and the fields in which it is written.
import { get } from "../lib/api.js";
import { html } from "../lib/html.js";
import { say } from "../lib/i18n.js";
import { useLoad } from "../lib/load.js";
import { Button, Failure, Loading } from "../ui/basics.js";
import { Choice } from "../ui/forms.js";

const LEVELS = {
  view: "console.permissions.view",
  trigger: "console.permissions.trigger",
  admin: "console.permissions.admin",
};

// `screen:SCREEN-001:view`, `group:NAME:admin`, `trigger:*` and `orders`, in words.
export function permissionWords(permission) {
  if (permission === "orders") return say("console.permissions.orders");
  const parts = permission.split(":");
  const [kind, name, level] = parts[0] === "trigger" ? ["screen", parts[1], "trigger"] : parts;
  const what =
    kind === "group"
      ? say("console.permissions.of_group", { name })
      : name === "*"
        ? say("console.permissions.every_screen")
        : name;
  return `${what}: ${say(LEVELS[level] ?? level)}`;
}

export function Permissions({ list }) {
  return html`<ul class="plain-list">${list.map((each) => html`<li key=${each}>${permissionWords(each)}</li>`)}</ul>`;
}

// The screens and groups that there are, as choices.
export function useTargets() {
  return useLoad(async (signal) => {
    const [{ screens }, { groups }] = await Promise.all([get("/api/screens", { signal }), get("/api/groups", { signal })]);
    return { screens, groups };
  });
}

// Rows of "which screen" and "how far"; `value` are permissions such as `screen:SCREEN-001:view`.
export function PermissionFields({ targets, value, onChange, withEvery = false }) {
  if (targets.value === undefined) {
    return targets.problem ? html`<${Failure} problem=${targets.problem} onRetry=${targets.reload} />` : html`<${Loading} />`;
  }
  const { screens, groups } = targets.value;
  const options = [
    ...(withEvery ? [["screen:*", say("console.permissions.every_screen")]] : []),
    ...groups.map(({ name }) => [`group:${name}`, say("console.permissions.of_group", { name })]),
    ...screens.map(({ screenId, name }) => [`screen:${screenId}`, name === screenId ? screenId : `${screenId} · ${name}`]),
  ];
  const put = (at, next) => onChange(value.map((each, index) => (index === at ? next : each)));
  if (options.length === 0) return html`<p class="fine">${say("console.permissions.nothing")}</p>`;
  return html`<div class="permission-fields">
    ${value.map((permission, at) => {
      const cut = permission.lastIndexOf(":");
      const [target, level] = [permission.slice(0, cut), permission.slice(cut + 1)];
      const known = options.some(([key]) => key === target) ? options : [[target, target], ...options];
      return html`<div class="permission-row" key=${at}>
        <${Choice} label=${say("console.permissions.target")} value=${target} options=${known} onChange=${(next) => put(at, `${next}:${level}`)} />
        <${Choice} label=${say("console.permissions.level")} value=${level}
          options=${Object.entries(LEVELS).map(([key, text]) => [key, say(text)])} onChange=${(next) => put(at, `${target}:${next}`)} />
        <${Button} kind="quiet" aria-label=${say("console.permissions.remove", { what: permissionWords(permission) })}
          onClick=${() => onChange(value.filter((_, index) => index !== at))}>✕<//>
      </div>`;
    })}
    <${Button} onClick=${() => onChange([...value, `${options[0][0]}:view`])}>${say("console.permissions.add")}<//>
  </div>`;
}
