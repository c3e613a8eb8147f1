// The summary, and the lists of nodes and images.

/** @import { PageImage, PageNode, PageSummary } from "../../../pure/page/page_view.ts" */
import { byId, h } from "./dom.js";
import {
  bytesText,
  classOf,
  countText,
  durationText,
  partsOf,
  shareText,
  shown,
  signOf,
} from "./words.js";

/**
 * Writes the summary into the places that the page has for it.
 * @param {PageSummary} summary
 * @param {(reason: string) => void} chooseReason
 */
export function showSummary(summary, chooseReason) {
  const { agents, counts, pulledBytes, savedSeconds } = summary;
  const isAny = counts.wanted > counts.skipped;
  setText("warm-share", isAny ? shareText(summary.warmShare) : "–");
  setText(
    "warm-counts",
    `${countText(counts.warm)} of ${countText(counts.wanted - counts.skipped)}`,
  );
  byId("warm-bar").setAttribute("value", `${isAny ? summary.warmShare : 0}`);
  setText("nodes", countText(summary.nodes));
  setText("agents", agentsText(agents));
  setText("images", countText(summary.images));
  setText("pulling", countText(counts.pulling));
  setText("waiting", countText(counts.waiting));
  setText("failed", countText(counts.failed));
  setText("pulled", bytesText(pulledBytes));
  byId("saved-figure").hidden = savedSeconds === undefined;
  setText("saved", durationText(savedSeconds ?? 0));
  showTroubles(summary);
  showBenefit(summary.benefit);
  byId("failures").hidden = summary.failures.length === 0;
  byId("failures-list").replaceChildren(
    ...summary.failures.map(({ reason, count }) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "reason",
            click: () => chooseReason(reason),
          },
          h("span", { class: "sign failed", "aria-hidden": "true" }, signOf("failed")),
          ` ${countText(count)} × ${shown(reason)}`,
        ),
      )
    ),
  );
}

/** @param {PageSummary["benefit"]} benefit */
function showBenefit(benefit) {
  byId("benefit").hidden = benefit === undefined;
  if (benefit === undefined) return;
  const { total, byNamespace, rest, costliest, since } = benefit;
  setText(
    "benefit-head",
    `Since ${since.slice(0, 16).replace("T", " ")} UTC ${countText(total.warm)} containers found ` +
      `their images there; ${countText(total.cold)} did not, and waited ` +
      durationText(total.waitedSeconds),
  );
  const rows = [
    ...byNamespace.map((sums) => startsRow(shown(sums.namespace), sums)),
    ...(rest === undefined ? [] : [startsRow("all others", rest)]),
  ];
  const waits = costliest.map(({ image, starts, waitedSeconds }) =>
    plainRow(imageName(image), [countText(starts), durationText(waitedSeconds)])
  );
  byId("benefit-body").replaceChildren(
    plainTable("By namespace", ["Namespace", "Warm", "Cold", "Waited", "Saved"], rows),
    plainTable("Waited for longest", ["Image", "Starts", "Waited"], waits),
  );
}

/**
 * @param {string} name
 * @param {{ warm: number, cold: number, waitedSeconds: number, savedSeconds: number }} sums
 */
function startsRow(name, { warm, cold, waitedSeconds, savedSeconds }) {
  const seconds = [durationText(waitedSeconds), durationText(savedSeconds)];
  return plainRow(name, [countText(warm), countText(cold), ...seconds]);
}

/**
 * @param {Node | string} name
 * @param {readonly string[]} texts
 */
function plainRow(name, texts) {
  const cells = texts.map((text) => h("td", { class: "number" }, text));
  return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
}

/**
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {readonly HTMLElement[]} rows
 */
function plainTable(caption, heads, rows) {
  const cells = heads.map((head, at) =>
    h("th", { scope: "col", class: at === 0 ? undefined : "number" }, head)
  );
  return h(
    "div",
    { class: "scroller", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, ...cells)),
      h("tbody", {}, ...rows),
    ),
  );
}

/** @param {PageSummary} summary */
function showTroubles({ troubles, synced }) {
  const lines = troubles.map(({ name, reason, isNote }) =>
    h("li", { class: isNote ? "note" : "trouble" }, h("b", {}, shown(name)), `: ${shown(reason)}`)
  );
  if (!synced) {
    lines.unshift(h("li", { class: "note" }, "The bucket is being read: this is not all yet."));
  }
  const list = byId("troubles");
  list.hidden = lines.length === 0;
  // What is read aloud is not said again while it stays the same.
  const said = lines.map(({ textContent }) => textContent).join("\n");
  if (list.dataset.said === said) return;
  list.dataset.said = said;
  list.replaceChildren(...lines);
}

/** @param {PageSummary["agents"]} agents */
function agentsText({ fresh, stale, missing }) {
  const parts = [[fresh, "report"], [stale, "silent"], [missing, "without agent"]];
  return parts.filter(([count]) => count).map(([count, word]) =>
    `${countText(Number(count))} ${word}`
  )
    .join(", ");
}

/**
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** How many rows of a list are shown at once; a button shows more. */
const ROWS = 50;

/** A list of nodes, or of images, the worst first. */
export class List {
  #most = ROWS;
  /** @type {HTMLElement} */
  #body;
  /** @type {HTMLElement} */
  #more;
  #again = () => {};

  /** @param {"nodes" | "images"} what */
  constructor(what) {
    this.#body = byId(`${what}-rows`);
    this.#more = byId(`${what}-more`);
    this.#more.addEventListener("click", () => {
      const first = this.#body.children.length;
      this.#most += ROWS * 4;
      this.#again();
      this.#body.children[first]?.querySelector("button")?.focus();
    });
  }

  /**
   * Shows rows; who had the focus keeps it.
   * @template Row
   * @param {readonly Row[]} rows
   * @param {(row: Row) => HTMLElement} draw
   */
  show(rows, draw) {
    this.#again = () => this.show(rows, draw);
    const focused = document.activeElement?.getAttribute("data-key");
    const hadFocus = this.#body.contains(document.activeElement);
    this.#body.replaceChildren(...rows.slice(0, this.#most).map(draw));
    const left = rows.length - this.#most;
    this.#more.hidden = left <= 0;
    this.#more.textContent = `Show more: ${countText(Math.max(0, left))} left`;
    if (!hadFocus || !focused) return;
    for (const button of this.#body.querySelectorAll("button")) {
      if (button.getAttribute("data-key") === focused) button.focus();
    }
  }
}

/**
 * @param {PageNode} node
 * @param {() => void} open
 */
export function nodeRow(node, open) {
  const { agent, gate, progress, diskPercent } = node;
  const pulled = progress && progress.totalBytes > 0
    ? ` (${Math.floor(100 * progress.bytes / progress.totalBytes)} %)`
    : "";
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, nameButton(node.node, shown(node.node), open)),
    h(
      "td",
      { class: agent === "fresh" ? "" : "bad" },
      `${agent === "fresh" ? "reports" : agent}${gate === undefined ? "" : ", kept from pods"}`,
    ),
    h(
      "td",
      { class: "number" },
      `${countText(node.warm)} / ${countText(node.wanted - node.skipped)}`,
    ),
    countCell(node.failed, "failed"),
    countCell(node.pulling, "pulling", pulled),
    countCell(node.waiting, "waiting"),
    h("td", { class: "number" }, diskPercent === undefined ? "" : `${Math.round(diskPercent)} %`),
    h("td", {}, shown(node.version ?? "")),
  );
}

/**
 * @param {PageImage} image
 * @param {() => void} open
 */
export function imageRow(image, open) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, nameButton(image.image, imageName(image.image), open)),
    h(
      "td",
      { class: "number" },
      `${countText(image.warm)} / ${countText(image.nodes - image.skipped)}`,
    ),
    countCell(image.failed, "failed"),
    countCell(image.pulling, "pulling"),
    countCell(image.waiting, "waiting"),
    h("td", { class: "number" }, image.sizeBytes === undefined ? "" : bytesText(image.sizeBytes)),
    h("td", {}, image.isWanted ? "" : "not wanted any more"),
  );
}

/**
 * An image by what people look for first.
 * @param {string} reference
 */
export function imageName(reference) {
  const { name, from } = partsOf(shown(reference));
  return h("bdi", { class: "image-name" }, name, from !== "" && h("small", {}, ` ${from}`));
}

/**
 * @param {string} key
 * @param {Node | string} text
 * @param {() => void} open
 */
function nameButton(key, text, open) {
  return h("button", { type: "button", class: "name", "data-key": key, click: open }, text);
}

/**
 * @param {number} count
 * @param {string} state
 * @param {string} [more]
 */
function countCell(count, state, more = "") {
  if (count === 0) return h("td", { class: "number none" }, "0");
  return h(
    "td",
    { class: "number" },
    h("span", { class: `sign ${classOf(state)}`, "aria-hidden": "true" }, signOf(state)),
    ` ${countText(count)}${more}`,
  );
}
