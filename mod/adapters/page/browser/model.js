// What the controller has told so far.

/** @import { PageChange, PageImage, PageNode, PageSummary, PageWhole } from "../../../pure/page/page_view.ts" */

/** All nodes and images as of one version. */
export class Model {
  run = "";
  version = -1;
  /** @type {PageSummary | undefined} */
  summary;
  /** @type {readonly string[]} */
  states = [];
  /** @type {Map<string, PageNode>} */
  nodes = new Map();
  /** @type {Map<string, PageImage>} */
  images = new Map();

  /**
   * Takes in everything.
   * @param {PageWhole} whole
   */
  takeWhole(whole) {
    this.run = whole.run;
    this.version = whole.version;
    this.summary = whole.summary;
    this.states = whole.states;
    this.nodes = new Map(whole.nodes.map((node) => [node.node, node]));
    this.images = new Map(whole.images.map((image) => [image.image, image]));
  }

  /**
   * Takes in a change; false: one before it is missing.
   * @param {PageChange} change
   * @returns {boolean}
   */
  takeChange(change) {
    if (change.version <= this.version) return true;
    if (change.version !== this.version + 1) return false;
    this.version = change.version;
    this.summary = change.summary;
    this.states = change.states;
    for (const name of change.goneNodes) this.nodes.delete(name);
    for (const reference of change.goneImages) this.images.delete(reference);
    for (const node of change.nodes) this.nodes.set(node.node, node);
    for (const image of change.images) this.images.set(image.image, image);
    return true;
  }

  /**
   * The state of an image on a node; undefined: it does not report it.
   * @param {PageNode} node
   * @param {PageImage} image
   * @returns {string | undefined}
   */
  state(node, image) {
    const code = node.cells.charCodeAt(image.column) - 48;
    return code >= 0 ? this.states[code] : undefined; // "-" is before "0"
  }
}

/**
 * Nodes that match, the worst first: agents that say nothing, then by failed, then by lacking images.
 * @param {Model} model
 * @param {Choice} choice
 * @returns {PageNode[]}
 */
export function chosenNodes(model, { text, hidesWarm }) {
  const silence = { missing: 2, stale: 1, fresh: 0 };
  /** @param {PageNode} node */
  const silent = ({ wanted, agent }) => wanted === 0 ? 0 : silence[agent];
  return [...model.nodes.values()]
    .filter((node) => matches(node.node, text) && !(hidesWarm && isFine(node)))
    .sort((one, other) =>
      silent(other) - silent(one) || other.failed - one.failed ||
      lacking(other, other.wanted) - lacking(one, one.wanted) || compare(one.node, other.node)
    );
}

/**
 * Images that match, the worst first.
 * @param {Model} model
 * @param {Choice} choice
 * @returns {PageImage[]}
 */
export function chosenImages(model, { text, hidesWarm }) {
  return [...model.images.values()]
    .filter((image) =>
      matches(image.image, text) && !(hidesWarm && lacking(image, image.nodes) === 0)
    )
    .sort((one, other) =>
      other.failed - one.failed ||
      lacking(other, other.nodes) - lacking(one, one.nodes) || compare(one.image, other.image)
    );
}

/**
 * What of it the reader wants to see.
 * @typedef {{ readonly text: string, readonly hidesWarm: boolean }} Choice
 */

/**
 * @param {{ readonly warm: number, readonly skipped: number }} counts
 * @param {number} all
 */
function lacking({ warm, skipped }, all) {
  return all - warm - skipped;
}

/** @param {PageNode} node */
function isFine(node) {
  return node.agent === "fresh" && lacking(node, node.wanted) === 0;
}

/**
 * @param {string} name
 * @param {string} text
 */
function matches(name, text) {
  return text === "" || name.toLowerCase().includes(text.toLowerCase());
}

/**
 * @param {string} one
 * @param {string} other
 */
function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}
