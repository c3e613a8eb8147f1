// Images and nodes as a grid that draws only what can be seen of it: a fleet has half a million cells.
// Its keys are those of https://www.w3.org/WAI/ARIA/apg/patterns/grid/.

/** @import { PageImage, PageNode } from "../../../pure/page/page_view.ts" */
/** @import { Model } from "./model.js" */
import { h } from "./dom.js";
import { imageName } from "./overview.js";
import { classOf, countText, shown, signOf } from "./words.js";

/** Rows and columns beyond the visible ones that are drawn as well. */
const BEYOND = 4;

/** What the reader opened. */
/** @typedef {{ readonly image?: string | undefined, readonly node?: string | undefined }} Opened */

/** The grid of images (rows) and nodes (columns). Both are numbered from 0; -1 is the head of the other. */
export class Matrix {
  /** @type {HTMLElement} */
  #frame;
  /** @type {HTMLElement} */
  #grid;
  /** @type {HTMLElement} */
  #told;
  /** @type {(opened: Opened) => void} */
  #open;
  /** @type {Model | undefined} */
  #model;
  /** @type {readonly PageImage[]} */
  #images = [];
  /** @type {readonly PageNode[]} */
  #nodes = [];
  /** Where the keyboard is; by names too, so that it stays there when rows move. */
  #at = { row: 0, column: -1 };
  #atNames = { image: "", node: "" };
  #isDue = false;

  /**
   * @param {{ frame: HTMLElement, grid: HTMLElement, told: HTMLElement, open: (opened: Opened) => void }} parts
   */
  constructor({ frame, grid, told, open }) {
    [this.#frame, this.#grid, this.#told, this.#open] = [frame, grid, told, open];
    frame.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    new ResizeObserver(() => this.#drawSoon()).observe(frame);
    grid.addEventListener("keydown", (event) => this.#key(event));
    grid.addEventListener("click", (event) => this.#click(event));
    grid.addEventListener("focusin", (event) => this.#focused(event));
    grid.addEventListener("pointerover", (event) => this.#tell(placeOf(event.target)));
  }

  /**
   * @param {Model} model
   * @param {readonly PageImage[]} images
   * @param {readonly PageNode[]} nodes
   */
  show(model, images, nodes) {
    [this.#model, this.#images, this.#nodes] = [model, images, nodes];
    const { image, node } = this.#atNames;
    const row = images.findIndex((each) => each.image === image);
    const column = nodes.findIndex((each) => each.node === node);
    this.#at = {
      row: Math.min(image !== "" && row >= 0 ? row : this.#at.row, images.length - 1),
      column: Math.min(node !== "" && column >= 0 ? column : this.#at.column, nodes.length - 1),
    };
    this.#draw();
  }

  #drawSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const frame = this.#frame;
    if (frame.clientHeight === 0 || this.#model === undefined) return; // another view is shown
    const sizes = this.#sizes();
    const { cell, head, side } = sizes;
    const rows = visible(frame.scrollTop, frame.clientHeight - head, cell, this.#images.length);
    const columns = visible(frame.scrollLeft, frame.clientWidth - side, cell, this.#nodes.length);
    const hadFocus = this.#grid.contains(document.activeElement);
    const grid = this.#grid;
    grid.setAttribute("aria-rowcount", `${this.#images.length + 1}`);
    grid.setAttribute("aria-colcount", `${this.#nodes.length + 1}`);
    grid.style.width = `${side + this.#nodes.length * cell}px`;
    grid.style.height = `${head + this.#images.length * cell}px`;
    // Where the keyboard is has to be there, seen or not: without it, the focus would be lost.
    const { row: atRow, column: atColumn } = this.#at;
    const drawnRows = withOne(rows, atRow);
    const drawnColumns = withOne(columns, atColumn);
    grid.replaceChildren(
      this.#headRow(drawnColumns, sizes),
      ...drawnRows.map((row) => this.#row(row, drawnColumns, sizes)),
    );
    if (hadFocus) this.#place(atRow, atColumn)?.focus({ preventScroll: true });
  }

  /** Lengths in px, as the styles have them. */
  #sizes() {
    const styles = getComputedStyle(this.#frame);
    /** @param {string} name */
    const px = (name) => parseFloat(styles.getPropertyValue(name));
    return { cell: px("--cell"), head: px("--head"), side: px("--side") };
  }

  /**
   * @param {readonly number[]} columns
   * @param {{ cell: number, side: number }} sizes
   */
  #headRow(columns, { cell, side }) {
    const corner = h("div", { role: "columnheader", class: "corner", "aria-colindex": 1 }, "Image");
    const heads = columns.map((column) => {
      const node = this.#nodes[column];
      if (node === undefined) return undefined;
      const element = h("div", {
        role: "columnheader",
        class: `node-head ${node.agent}`,
        "aria-colindex": column + 2,
        ...this.#focusable(-1, column),
      }, h("bdi", {}, shown(node.node)));
      element.style.left = `${side + column * cell}px`;
      return element;
    });
    return h("div", { role: "row", class: "head-row", "aria-rowindex": 1 }, corner, ...heads);
  }

  /**
   * @param {number} row
   * @param {readonly number[]} columns
   * @param {{ cell: number, head: number, side: number }} sizes
   */
  #row(row, columns, { cell, head, side }) {
    const image = this.#images[row];
    const element = h("div", { role: "row", class: "row", "aria-rowindex": row + 2 });
    element.style.top = `${head + row * cell}px`;
    if (image === undefined) return element;
    element.append(h(
      "div",
      {
        role: "rowheader",
        class: "image-head",
        "aria-colindex": 1,
        ...this.#focusable(row, -1),
      },
      imageName(image.image),
      h("span", { class: "share" }, shareOf(image)),
    ));
    for (const column of columns) {
      const node = this.#nodes[column];
      if (node === undefined) continue;
      const state = this.#model?.state(node, image);
      const drawn = h("div", {
        role: "gridcell",
        class: state === undefined ? "cell" : `cell ${classOf(state)}`,
        "aria-colindex": column + 2,
        "aria-label": state === undefined ? "not reported" : shown(state),
        ...this.#focusable(row, column),
      }, state === undefined ? "" : signOf(state));
      drawn.style.left = `${side + column * cell}px`;
      element.append(drawn);
    }
    return element;
  }

  /**
   * One place alone is reached by Tab; arrows lead to the others.
   * @param {number} row
   * @param {number} column
   */
  #focusable(row, column) {
    const isAt = row === this.#at.row && column === this.#at.column;
    return { tabindex: isAt ? 0 : -1, "data-row": row, "data-column": column };
  }

  /**
   * @param {number} row
   * @param {number} column
   * @returns {HTMLElement | null}
   */
  #place(row, column) {
    return this.#grid.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { row, column } = this.#at;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return this.#openPlace(this.#at);
    }
    const page = Math.max(1, Math.floor(this.#frame.clientHeight / this.#sizes().cell) - 4);
    const isAll = event.ctrlKey || event.metaKey;
    const [rows, columns] = [this.#images.length, this.#nodes.length];
    /** @type {Readonly<Record<string, { row: number, column: number }>>} */
    const moves = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      PageUp: { row: row - page, column },
      PageDown: { row: row + page, column },
      Home: { row: isAll ? 0 : row, column: -1 },
      End: { row: isAll ? rows - 1 : row, column: columns - 1 },
    };
    const to = moves[event.key];
    if (to === undefined || event.altKey) return;
    event.preventDefault();
    this.#moveTo({
      row: Math.min(Math.max(to.row, to.column < 0 ? 0 : -1), rows - 1),
      column: Math.min(Math.max(to.column, to.row < 0 ? 0 : -1), columns - 1),
    });
  }

  /** @param {{ row: number, column: number }} place */
  #moveTo(place) {
    this.#setAt(place);
    this.#scrollTo(place);
    this.#draw();
    this.#place(place.row, place.column)?.focus({ preventScroll: true });
  }

  /** @param {{ row: number, column: number }} place */
  #setAt({ row, column }) {
    this.#at = { row, column };
    const [image, node] = [this.#images[row]?.image ?? "", this.#nodes[column]?.node ?? ""];
    this.#atNames = { image, node };
  }

  /** @param {{ row: number, column: number }} place */
  #scrollTo({ row, column }) {
    const frame = this.#frame;
    const { cell, head, side } = this.#sizes();
    if (row >= 0) {
      const [top, room] = [row * cell, frame.clientHeight - head - cell];
      frame.scrollTop = Math.min(Math.max(frame.scrollTop, top - room), top);
    }
    if (column >= 0) {
      const [left, room] = [column * cell, frame.clientWidth - side - cell];
      frame.scrollLeft = Math.min(Math.max(frame.scrollLeft, left - room), left);
    }
  }

  /** @param {FocusEvent} event */
  #focused(event) {
    const place = placeOf(event.target);
    if (place === undefined) return;
    if (place.row !== this.#at.row || place.column !== this.#at.column) {
      this.#place(this.#at.row, this.#at.column)?.setAttribute("tabindex", "-1");
      this.#place(place.row, place.column)?.setAttribute("tabindex", "0");
      this.#setAt(place);
    }
    this.#tell(place);
  }

  /** @param {Event} event */
  #click(event) {
    const place = placeOf(event.target);
    if (place === undefined) return;
    this.#setAt(place);
    this.#openPlace(place);
  }

  /** @param {{ row: number, column: number }} place */
  #openPlace({ row, column }) {
    const [image, node] = [this.#images[row]?.image, this.#nodes[column]?.node];
    if (image !== undefined || node !== undefined) this.#open({ image, node });
  }

  /** Says in words what is under the pointer, or where the keyboard is. @param {Place | undefined} place */
  #tell(place) {
    if (place === undefined) return;
    const [image, node] = [this.#images[place.row], this.#nodes[place.column]];
    const parts = [image && shown(image.image), node && shown(node.node)];
    if (image && node) parts.push(shown(this.#model?.state(node, image) ?? "not reported"));
    this.#told.textContent = parts.filter((part) => part !== undefined).join(" · ");
  }
}

/** @typedef {{ row: number, column: number }} Place */

/**
 * @param {EventTarget | null} target
 * @returns {Place | undefined}
 */
function placeOf(target) {
  const element = target instanceof Element ? target.closest("[data-row]") : null;
  if (!(element instanceof HTMLElement)) return undefined;
  return { row: Number(element.dataset.row), column: Number(element.dataset.column) };
}

/** @param {PageImage} image */
function shareOf({ warm, nodes, skipped }) {
  return `${countText(warm)}/${countText(nodes - skipped)}`;
}

/**
 * @param {number} from
 * @param {number} length
 * @param {number} cell
 * @param {number} count
 */
function visible(from, length, cell, count) {
  const first = Math.max(0, Math.floor(from / cell) - BEYOND);
  const last = Math.min(count - 1, Math.ceil((from + Math.max(0, length)) / cell) + BEYOND);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

/**
 * @param {readonly number[]} numbers
 * @param {number} one
 */
function withOne(numbers, one) {
  if (one < 0 || numbers.includes(one)) return numbers;
  return [...numbers, one].sort((a, b) => a - b);
}
