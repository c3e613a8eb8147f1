// Puts the parts of the page together.

import { Details } from "./details.js";
import { byId } from "./dom.js";
import { Live } from "./live.js";
import { Matrix } from "./matrix.js";
import { chosenImages, chosenNodes } from "./model.js";
import { imageRow, List, nodeRow, showSummary } from "./overview.js";
import { countText } from "./words.js";

/** @import { Model } from "./model.js" */

/** What is open of a dialog is read again at most so often. */
const DETAILS_MS = 2_000;

const details = new Details();
const matrix = new Matrix({
  frame: byId("matrix-frame"),
  grid: byId("matrix"),
  told: byId("matrix-told"),
  open: (opened) => details.open(opened),
});
const lists = { nodes: new List("nodes"), images: new List("images") };
const live = new Live({ status: showStatus, changed: showAll });

/** @type {HTMLInputElement} */
const filter = byId("filter");
/** @type {HTMLInputElement} */
const hidesWarm = byId("hide-warm");
let reason = "";
let detailsDue = 0;

document.documentElement.classList.add("scripted");
byId("app").hidden = false;
byId("plain").hidden = true;
filter.addEventListener("input", showParts);
hidesWarm.addEventListener("change", showParts);
for (const view of views()) view.addEventListener("change", showParts);
byId("reason-clear").addEventListener("click", () => chooseReason(""));
showStatus("waiting");
live.start();

function showAll() {
  const { summary } = live.model;
  if (summary === undefined) return;
  showSummary(summary, chooseReason);
  showParts();
  refreshDetailsSoon();
}

/** Draws the view that is chosen, with what the filters leave. */
function showParts() {
  const { model } = live;
  if (model.summary === undefined) return;
  const view = chosenView();
  for (const name of ["matrix", "images", "nodes"]) byId(`view-${name}`).hidden = name !== view;
  const { images, nodes } = chosen(model);
  const found = [countOf(images.length, "image"), countOf(nodes.length, "node")];
  byId("found").textContent = found.join(", ");
  byId("empty").hidden = images.length > 0 || nodes.length > 0;
  byId("empty").textContent = emptyText(model);
  if (view === "matrix") matrix.show(model, images, nodes);
  else if (view === "images") {
    lists.images.show(
      images,
      (image) => imageRow(image, () => details.open({ image: image.image })),
    );
  } else lists.nodes.show(nodes, (node) => nodeRow(node, () => details.open({ node: node.node })));
  document.documentElement.dataset.version = `${model.version}`;
}

/**
 * A text that names images leaves all nodes, and the other way round.
 * @param {Model} model
 */
function chosen(model) {
  const choice = { text: filter.value.trim(), hidesWarm: hidesWarm.checked };
  const all = { ...choice, text: "" };
  let [images, nodes] = [chosenImages(model, choice), chosenNodes(model, choice)];
  if (choice.text !== "" && chosenView() === "matrix") {
    if (images.length === 0 && nodes.length > 0) images = chosenImages(model, all);
    else if (nodes.length === 0 && images.length > 0) nodes = chosenNodes(model, all);
  }
  if (reason === "") return { images, nodes };
  /** @param {{ failures: readonly { reason: string }[] }} row */
  const isDue = ({ failures }) => failures.some((failure) => failure.reason === reason);
  return { images: images.filter(isDue), nodes: nodes.filter(isDue) };
}

/** @param {string} chosen the code of a reason; "": all */
function chooseReason(chosen) {
  reason = chosen;
  byId("reason-chosen").hidden = chosen === "";
  byId("reason-name").textContent = chosen;
  showParts();
}

/**
 * @param {number} count
 * @param {string} what
 */
function countOf(count, what) {
  return `${countText(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** @param {Model} model */
function emptyText({ images, nodes, summary }) {
  if (images.size > 0 || nodes.size > 0) return "Nothing matches what is typed and chosen above.";
  return summary?.synced
    ? "Nothing is wanted, and no node is known yet."
    : "The bucket is being read.";
}

function chosenView() {
  return views().find(({ checked }) => checked)?.value ?? "matrix";
}

/** @returns {HTMLInputElement[]} */
function views() {
  return [...document.querySelectorAll("input[name=view]")].filter((each) =>
    each instanceof HTMLInputElement
  );
}

/** @param {"live" | "waiting"} status */
function showStatus(status) {
  const element = byId("status");
  element.className = status;
  element.textContent = status === "live" ? "Live" : "Connecting to the controller…";
}

function refreshDetailsSoon() {
  if (detailsDue !== 0) return;
  detailsDue = setTimeout(() => {
    detailsDue = 0;
    details.refresh();
  }, DETAILS_MS);
}

if (location.hash !== "") details.follow();
