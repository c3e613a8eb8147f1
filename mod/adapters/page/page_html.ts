import type { PageImage, PageNode, PageSummary, PageWhole } from "../../pure/page/page_view.ts";
import { bytesText } from "../../pure/room/bytes_text.ts";

/** What the page is made of before any script runs. */
export interface HtmlOptions {
  readonly title: string;
  /** Undefined: nothing is known yet. */
  readonly whole: PageWhole | undefined;
}

/** Without scripts so many nodes, and images, are listed: the worst. */
const LISTED = 20;

/**
 * The page as the server gives it: the summary for browsers without scripts, and the places that main.js
 * fills. Addresses are relative, as the API server's proxy serves it below a path of its own.
 */
export function pageHtml({ title, whole }: HtmlOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Warm images</title>
<link rel="icon" href="page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="page/page.css">
<link rel="stylesheet" href="page/views.css">
<script type="module" src="page/main.js"></script>
</head>
<body>
<header>
<h1>Warm images</h1>
<span class="quiet">${escaped(title)}</span>
<span id="status" role="status"></span>
</header>
<main>
${troubles(whole?.summary)}
<section aria-labelledby="summary-title">
<h2 id="summary-title" class="unseen">Summary</h2>
${figures(whole?.summary)}
</section>
${failures(whole?.summary)}
<div id="app" hidden>
<details id="benefit" hidden><summary id="benefit-head"></summary><div id="benefit-body"></div></details>
${VIEWS}
</div>
<div id="plain">
${plainLists(whole)}
</div>
</main>
<dialog id="details" aria-labelledby="details-title">
<header>
<h2 id="details-title"></h2>
<button type="button" id="details-close">Close</button>
</header>
<div id="details-body"></div>
</dialog>
</body>
</html>
`;
}

function figures(summary: PageSummary | undefined): string {
  const { counts, agents, savedSeconds } = summary ?? {};
  const able = counts === undefined ? 0 : counts.wanted - counts.skipped;
  const share = summary !== undefined && able > 0 ? summary.warmShare : undefined;
  const shareText = share === undefined ? "–" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  const number = (id: string, name: string, count: number | undefined, more = "") =>
    `<div><dt>${name}</dt><dd class="value" id="${id}">${
      count === undefined ? "–" : countText(count)
    }</dd>${more}</div>`;
  return `<dl class="figures">
<div><dt>Warm</dt><dd class="value" id="warm-share">${shareText}</dd>
<dd><progress id="warm-bar" max="1" value="${share ?? 0}" aria-label="Warm share"></progress>
<small id="warm-counts">${
    counts === undefined ? "" : `${countText(counts.warm)} of ${countText(able)}`
  }</small></dd></div>
${
    number(
      "nodes",
      "Nodes",
      summary?.nodes,
      small("agents", agents === undefined ? "" : agentsText(agents)),
    )
  }
${number("images", "Images wanted", summary?.images)}
${number("pulling", "Pulling now", counts?.pulling)}
${number("waiting", "Waiting", counts?.waiting)}
${number("failed", "Failed", counts?.failed)}
<div><dt>Pulled</dt><dd class="value" id="pulled">${
    summary === undefined ? "–" : bytesText(summary.pulledBytes)
  }</dd></div>
<div id="saved-figure"${savedSeconds === undefined ? " hidden" : ""}>
<dt>Waiting saved</dt><dd class="value" id="saved">${countText(savedSeconds ?? 0)} s</dd></div>
</dl>`;
}

/** As words.js writes it. */
const countText = (count: number): string => new Intl.NumberFormat("en").format(count);

function agentsText({ fresh, stale, missing }: PageSummary["agents"]): string {
  const parts = [[fresh, "report"], [stale, "silent"], [missing, "without agent"]] as const;
  return parts.filter(([count]) => count > 0).map(([count, word]) => `${countText(count)} ${word}`)
    .join(", ");
}

function small(id: string, text: string): string {
  return `<dd><small id="${id}">${escaped(text)}</small></dd>`;
}

function troubles(summary: PageSummary | undefined): string {
  const lines =
    summary?.troubles.map(({ name, reason }) =>
      `<li><b>${escaped(name)}</b>: ${escaped(reason)}</li>`
    ) ?? [];
  if (summary?.synced !== true) {
    lines.unshift("<li>The bucket is being read: this is not all yet.</li>");
  }
  return `<div role="status"><ul id="troubles"${lines.length === 0 ? " hidden" : ""}>${
    lines.join("")
  }</ul></div>`;
}

function failures(summary: PageSummary | undefined): string {
  const lines =
    summary?.failures.map(({ reason, count }) => `<li>${count} × ${escaped(reason)}</li>`) ?? [];
  return `<section id="failures" aria-labelledby="failures-title"${
    lines.length === 0 ? " hidden" : ""
  }>
<h2 id="failures-title">Failed because of</h2>
<ul id="failures-list">${lines.join("")}</ul>
</section>`;
}

/** Without scripts: enough to see whether all is well, and where it is not. */
function plainLists(whole: PageWhole | undefined): string {
  if (whole === undefined) return "";
  const images = whole.images.filter(({ nodes, warm, skipped }) => warm + skipped < nodes)
    .sort((one, other) => other.failed - one.failed).slice(0, LISTED);
  const nodes = whole.nodes.filter(({ agent, wanted, warm, skipped }) =>
    agent !== "fresh" || warm + skipped < wanted
  ).sort((one, other) => other.failed - one.failed).slice(0, LISTED);
  return `<noscript><p>Without scripts this page shows a summary, as of when it was loaded.</p></noscript>
${table("Images that are not warm everywhere", "Image", images.map(imageCells))}
${table("Nodes that lack images", "Node", nodes.map(nodeCells))}`;
}

const imageCells = ({ image, warm, nodes, failed, pulling, waiting }: PageImage) =>
  [image, `${warm} / ${nodes}`, failed, pulling, waiting] as const;

const nodeCells = ({ node, agent, warm, wanted, failed, pulling, waiting }: PageNode) =>
  [
    agent === "fresh" ? node : `${node} (${agent})`,
    `${warm} / ${wanted}`,
    failed,
    pulling,
    waiting,
  ] as const;

function table(
  caption: string,
  first: string,
  rows: readonly (readonly [string, ...(string | number)[]])[],
): string {
  if (rows.length === 0) return "";
  const heads = [first, "Warm", "Failed", "Pulling", "Waiting"].map(headCell);
  return `<div class="scroller" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>${
    rows.map(([name, ...cells]) =>
      `<tr><th scope="row"><bdi>${escaped(name)}</bdi></th>${
        cells.map((cell) => `<td class="number">${escaped(`${cell}`)}</td>`).join("")
      }</tr>`
    ).join("\n")
  }</tbody>
</table></div>`;
}

const STATE_SIGNS = [
  ["failed", "✕"],
  ["pulling", "↓"],
  ["waiting", "…"],
  ["skipped", "–"],
  ["warm", "✓"],
  ["warm as bytes", "◐"],
] as const;

/** The places of matrix and lists. */
const VIEWS = `<div class="bar">
<fieldset><legend class="unseen">Show</legend>
<label><input type="radio" name="view" value="matrix" checked>Matrix</label>
<label><input type="radio" name="view" value="images">Images</label>
<label><input type="radio" name="view" value="nodes">Nodes</label>
</fieldset>
<input type="search" id="filter" placeholder="Filter images or nodes" aria-label="Filter images or nodes by a part of their names" autocomplete="off" spellcheck="false">
<label class="choice"><input type="checkbox" id="hide-warm">Hide what is all warm</label>
<span id="reason-chosen" hidden>Failed because of <b id="reason-name"></b>
<button type="button" class="reason" id="reason-clear">Show all</button></span>
<span id="found" class="quiet" role="status"></span>
</div>
<p id="empty" hidden></p>
<div id="view-matrix">
<div id="matrix-frame">
<div id="matrix" role="grid" aria-label="Images on nodes" aria-readonly="true"></div>
</div>
<p id="matrix-told" class="quiet"></p>
<ul class="legend" aria-label="Signs">${
  STATE_SIGNS.map(([name, sign]) =>
    `<li><span class="sign ${name.split(" ")[0]}" aria-hidden="true">${sign}</span> ${name}</li>`
  ).join("")
}<li>empty: not reported by the node</li></ul>
</div>
<div id="view-images" hidden>${
  list("images", ["Image", "Warm", "Failed", "Pulling", "Waiting", "Size", ""])
}</div>
<div id="view-nodes" hidden>${
  list("nodes", ["Node", "Agent", "Warm", "Failed", "Pulling", "Waiting", "Disk", "Version"])
}</div>`;

function list(name: string, heads: readonly string[]): string {
  return `<div class="scroller" tabindex="0" role="region" aria-label="${name}"><table>
<thead><tr>${heads.map(headCell).join("")}</tr></thead>
<tbody id="${name}-rows"></tbody>
</table></div>
<button type="button" class="more" id="${name}-more" hidden></button>`;
}

/** Over numbers it stands where they do. */
function headCell(name: string): string {
  if (name === "") return "<td></td>";
  const isText = ["Image", "Node", "Agent", "Version"].includes(name);
  return `<th scope="col"${isText ? "" : ' class="number"'}>${name}</th>`;
}

/** As text, also in an attribute; characters that draw nothing, or turn the direction, are written out. */
export function escaped(text: string): string {
  return text
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
      (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
    )
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
