// Every page of the console: its place in the address bar and in the menu, and who may see it.
// A page is `{path, title, role, load}`; `load()` imports its module, whose default export draws it with `{place}`.
export const PAGES = [
  { path: "dashboard", title: "console.dashboard.title", role: "viewer", load: () => import("./dashboard.js") },
  { path: "screens", title: "console.screens.title", role: "viewer", load: () => import("./screens.js") },
  { path: "orders", title: "console.orders.title", role: "viewer", load: () => import("./orders.js") },
  { path: "sources", title: "console.sources.title", role: "lead", load: () => import("./sources.js") },
  { path: "deliveries", title: "console.deliveries.title", role: "viewer", load: () => import("./deliveries.js") },
  { path: "dead-letters", title: "console.dead_letters.title", role: "viewer", load: () => import("./dead_letters.js") },
  { path: "users", title: "console.users.title", role: "admin", load: () => import("./users.js") },
  { path: "tokens", title: "console.tokens.title", role: "admin", load: () => import("./tokens.js") },
  { path: "audit", title: "console.audit.title", role: "admin", load: () => import("./audit.js") },
  { path: "settings", title: "console.settings.title", role: "admin", load: () => import("./settings.js") },
  { path: "account", title: "console.account.title", role: "viewer", isHidden: true, load: () => import("./account.js") },
  { path: "backup", title: "console.backup.title", role: "admin", load: () => import("./backup.js") },
  { path: "health", title: "console.health.title", role: "admin", load: () => import("./health.js") },
];

// Where most people go on: what stands at the benches.
export const HOME = "screens";
