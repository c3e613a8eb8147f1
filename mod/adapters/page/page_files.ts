// The browser's own code is plain JavaScript that is served as it is written: no build step stands
// between this repository and what runs. It is read as text, so that `deno bundle` takes it into the
// program, and type-checked by itself (`deno task check`), as its globals are a browser's and not Deno's.
import main from "./browser/main.js" with { type: "text" };
import details from "./browser/details.js" with { type: "text" };
import dom from "./browser/dom.js" with { type: "text" };
import icon from "./browser/icon.svg" with { type: "text" };
import live from "./browser/live.js" with { type: "text" };
import matrix from "./browser/matrix.js" with { type: "text" };
import model from "./browser/model.js" with { type: "text" };
import overview from "./browser/overview.js" with { type: "text" };
import page from "./browser/page.css" with { type: "text" };
import views from "./browser/views.css" with { type: "text" };
import words from "./browser/words.js" with { type: "text" };
import { keepBody, type KeptBody } from "./page_answer.ts";

const SCRIPTS = { main, details, dom, live, matrix, model, overview, words };

/** The page's files, by path below `/page/`. */
export async function pageFiles(): Promise<ReadonlyMap<string, KeptBody>> {
  const scripts = Object.entries(SCRIPTS).map(([name, text]) =>
    [`${name}.js`, text, "text/javascript; charset=utf-8"] as const
  );
  const all = [
    ...scripts,
    ["page.css", page, "text/css; charset=utf-8"],
    ["views.css", views, "text/css; charset=utf-8"],
    ["icon.svg", icon, "image/svg+xml"],
  ] as const;
  const kept = all.map(async ([name, text, type]) => [name, await keepBody(text, type)] as const);
  return new Map(await Promise.all(kept));
}
