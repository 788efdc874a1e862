// Every page of the console: its place in the address bar and in the menu, and who may see it.
// A page is `{path, title, role, load}`; `load()` imports its module, whose default export draws it with `{place}`.
export const PAGES = [
  { path: "screens", title: "console.screens.title", role: "viewer", load: () => import("./screens.js") },
];

export const HOME = PAGES[0].path;
