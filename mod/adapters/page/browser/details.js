// One node, or one image with who wants it: in a dialog beside what it was opened from.

/** @import { PageCell, PageImageDetails, PageNodeDetails } from "../../../pure/page/page_details.ts" */
/** @import { GateRow } from "../../../pure/fleet/gate_row.ts" */
/** @import { Opened } from "./matrix.js" */
import { byId, h } from "./dom.js";
import { imageName } from "./overview.js";
import {
  agoText,
  bytesText,
  classOf,
  countText,
  durationText,
  isFine,
  shown,
  signOf,
  stateText,
} from "./words.js";

const FETCH_MS = 30_000;

/** What is shown of a node or an image; the address says which, so that it can be shared. */
export class Details {
  /** @type {HTMLDialogElement} */
  #dialog = byId("details");
  #title = byId("details-title");
  #body = byId("details-body");
  #asked = 0;
  /** @type {string | undefined} The name of what is shown, to tell a change of it from another one. */
  #shownOf;

  constructor() {
    byId("details-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // beside it
    });
    this.#dialog.addEventListener("close", () => {
      if (location.hash !== "") history.pushState(null, "", location.pathname + location.search);
    });
    addEventListener("hashchange", () => this.follow());
  }

  /** @param {Opened} opened */
  open({ image, node }) {
    const about = new URLSearchParams();
    if (image !== undefined) about.set("image", image);
    if (node !== undefined) about.set("node", node);
    location.hash = `${about}`;
  }

  /** Shows what the address says. */
  follow() {
    const opened = this.#opened();
    if (opened === undefined) return this.#dialog.close();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#shownOf = undefined;
    this.refresh();
  }

  /** Reads again what is shown, if anything is. */
  async refresh() {
    const opened = this.#opened();
    if (opened === undefined || !this.#dialog.open) return;
    const [kind, name] = opened.image === undefined
      ? ["node", opened.node ?? ""]
      : ["image", opened.image];
    const asked = ++this.#asked;
    try {
      const address = `page/${kind}.json?${new URLSearchParams({ name })}`;
      const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_MS) });
      const value = response.ok ? await response.json() : undefined;
      if (asked !== this.#asked) return;
      if (response.status === 404) return this.#show(name, "It is gone", []);
      if (value === undefined) throw new Error(`The controller answered ${response.status}`);
      if (kind === "image") this.#showImage(value, opened.node);
      else this.#showNode(value);
    } catch {
      if (asked === this.#asked && this.#shownOf === undefined) {
        this.#show(name, "The controller does not answer", []);
      }
    }
  }

  /** @returns {Opened | undefined} */
  #opened() {
    const about = new URLSearchParams(location.hash.slice(1));
    const [image, node] = [about.get("image") ?? undefined, about.get("node") ?? undefined];
    return image === undefined && node === undefined ? undefined : { image, node };
  }

  /**
   * @param {PageImageDetails} details
   * @param {string | undefined} node the one that it was opened at
   */
  #showImage({ image, why, cells }, node) {
    const facts = [
      ["Warm on", `${countText(image.warm)} of ${countText(image.nodes)} nodes that report it`],
      image.sizeBytes !== undefined && ["Size", bytesText(image.sizeBytes)],
      image.priority !== undefined && ["Priority", countText(image.priority)],
      image.neededBy !== undefined && ["Needed by", image.neededBy],
    ];
    const here = cells.filter(({ name }) => name === node);
    this.#show(image.image, undefined, [
      factList(facts),
      section("Why", whyList(why)),
      ...(here.length > 0 ? [cellTable(`On ${shown(node ?? "")}`, here, "node")] : []),
      ...cellSections(cells, "node"),
      ...(why.notOn.length > 0 ? [section("Not on", h("ul", {}, ...notOnList(why.notOn)))] : []),
    ]);
  }

  /** @param {PageNodeDetails} details */
  #showNode({ node, architecture, os, unschedulable, taints = [], cells }) {
    const facts = [
      [
        "Agent",
        node.agent === "fresh"
          ? `${node.version ?? "of unknown version"}, last sign ${
            durationText((node.ageMs ?? 0) / 1000)
          } ago`
          : node.agent,
      ],
      node.runtime !== undefined && ["containerd", node.runtime],
      os !== undefined && ["Platform", `${os}/${architecture}`],
      node.diskPercent !== undefined &&
      [
        "Disk",
        `${Math.round(node.diskPercent)} % used, ${bytesText(node.diskFreeBytes ?? 0)} free`,
      ],
      ["Warm", `${countText(node.warm)} of ${countText(node.wanted)} images`],
      node.gate !== undefined && ["Kept from pods", gateText(node.gate)],
      node.omitted > 0 && ["Left out of its report", countText(node.omitted)],
      unschedulable && ["Scheduling", "cordoned"],
      taints.length > 0 && ["Taints", taints.join(", ")],
    ];
    this.#show(node.node, undefined, [factList(facts), ...cellSections(cells, "image")]);
  }

  /**
   * @param {string} name
   * @param {string | undefined} fault
   * @param {readonly Node[]} parts
   */
  #show(name, fault, parts) {
    const isAnother = this.#shownOf !== name;
    this.#shownOf = name;
    this.#title.textContent = shown(name);
    const opened = [...this.#body.querySelectorAll("details")].map(({ open }) => open);
    this.#body.replaceChildren(...(fault === undefined ? parts : [h("p", {}, fault)]));
    if (isAnother) return void (this.#dialog.scrollTop = 0);
    this.#body.querySelectorAll("details").forEach((each, at) =>
      each.open = opened[at] ?? each.open
    );
  }
}

/** Most images that are named of those that a node waits for. */
const NAMED = 5;

/** @param {GateRow} gate */
function gateText({ until, due, warm, awaited, hopeless }) {
  const there = warm === undefined ? `${countText(due)} due` : `${countText(warm)} of ${due} due`;
  return [
    `${there} images warm, until ${shown(until)} at most`,
    awaited.length > 0 && `waits for ${someNames(awaited)}`,
    hopeless.length > 0 && `not for ${someNames(hopeless)}`,
  ].filter(Boolean).join("; ");
}

/** @param {readonly { image: string }[]} images */
function someNames(images) {
  const names = images.slice(0, NAMED).map(({ image }) => shown(image)).join(", ");
  return images.length > NAMED ? `${names} and others` : names;
}

/** @param {readonly (readonly (string | undefined)[] | false | undefined)[]} facts */
function factList(facts) {
  return h(
    "dl",
    { class: "facts" },
    ...facts.filter((fact) => fact !== false && fact !== undefined)
      .flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, shown(text ?? ""))]),
  );
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function section(title, ...children) {
  return h("section", {}, h("h3", {}, title), ...children);
}

/** @param {PageImageDetails["why"]} why */
function whyList({ isWanted, unwantedSince, keptUntil, reasons, moreReasons, refresh }) {
  const kept = keptUntil === undefined ? "" : `, and is kept until ${keptUntil}`;
  return h(
    "div",
    {},
    unwantedSince !== undefined &&
      h("p", {}, `Nothing wants it any more, for ${agoText(unwantedSince)}${kept}. It was for:`),
    !isWanted && unwantedSince === undefined &&
      h("p", {}, "Nothing wants it, and nodes report it."),
    isWanted && reasons.length === 0 && h("p", {}, "It is not known yet who wants it."),
    refresh &&
      h("p", {}, "Its tag is looked up again and again, as pods ask for it at each start."),
    h(
      "ul",
      {},
      ...reasons.map(({ text }) => h("li", {}, shown(text))),
      moreReasons > 0 && h("li", {}, `and ${countText(moreReasons)} more`),
    ),
  );
}

/** @param {PageImageDetails["why"]["notOn"]} notOn */
function notOnList(notOn) {
  return notOn.map(({ why, count, nodes }) => {
    const more = count > nodes.length ? ` and ${countText(count - nodes.length)} more` : "";
    return h("li", {}, h("bdi", {}, `${shown(nodes.join(", "))}${more}`), `: ${shown(why)}`);
  });
}

/**
 * By state, the worst first; what is well is folded up.
 * @param {readonly PageCell[]} cells
 * @param {"node" | "image"} of
 */
function cellSections(cells, of) {
  const names = [...new Set(cells.map(stateText))];
  return names.map((state) => {
    const some = cells.filter((cell) => stateText(cell) === state);
    return h(
      "details",
      { open: !isFine(state) },
      h("summary", {}, sign(state), ` ${shown(state)}: ${countText(some.length)}`),
      cellTable(undefined, some, of),
    );
  });
}

/**
 * @param {string | undefined} title
 * @param {readonly PageCell[]} cells
 * @param {"node" | "image"} of
 */
function cellTable(title, cells, of) {
  const isTold = cells.some((cell) => moreOf(cell) !== "");
  return h(
    "div",
    {
      class: "scroller",
      tabindex: 0,
      role: "region",
      "aria-label": title ?? cells[0]?.state ?? "",
    },
    h(
      "table",
      {},
      title !== undefined && h("caption", {}, title),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, of === "node" ? "Node" : "Image"),
          h("th", { scope: "col" }, "Since"),
          isTold && h("th", { scope: "col" }, "Why"),
        ),
      ),
      h(
        "tbody",
        {},
        ...cells.map((cell) =>
          h(
            "tr",
            {},
            h(
              "th",
              { scope: "row" },
              h(
                "a",
                { href: `#${new URLSearchParams({ [of]: cell.name })}` },
                of === "node" ? h("bdi", {}, shown(cell.name)) : imageName(cell.name),
              ),
            ),
            h(
              "td",
              { class: "since" },
              title !== undefined && sign(cell.state),
              agoText(cell.since),
            ),
            isTold && h("td", { class: "reason-text" }, progressOf(cell), moreOf(cell)),
          )
        ),
      ),
    ),
  );
}

/** @param {PageCell} cell */
function progressOf({ progress }) {
  if (progress === undefined || progress.totalBytes === 0) return undefined;
  return h("progress", { value: progress.bytes, max: progress.totalBytes, "aria-label": "pulled" });
}

/** @param {PageCell} cell */
function moreOf({ reason, progress, pullSeconds, bytes, nextTry, direct, usedAt }) {
  const parts = [
    reason,
    progress && `${bytesText(progress.bytes)} of ${bytesText(progress.totalBytes)}`,
    progress?.secondsLeft !== undefined && `${durationText(progress.secondsLeft)} left`,
    bytes !== undefined && bytesText(bytes),
    pullSeconds !== undefined && `pulled in ${durationText(pullSeconds)}`,
    nextTry && `tried again at ${nextTry}`,
    direct && `without the relay: ${direct}`,
    usedAt && `first used ${agoText(usedAt)} ago`,
  ];
  return parts.filter((part) => part).map((part) => shown(`${part}`)).join(", ");
}

/** @param {string} state */
function sign(state) {
  return h("span", { class: `sign ${classOf(state)}`, "aria-hidden": "true" }, signOf(state));
}
