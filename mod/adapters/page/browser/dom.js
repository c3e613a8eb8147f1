// Elements are made one by one: nothing that anybody wrote is ever read as HTML.

/** @typedef {Node | string | undefined | false} Child */

/**
 * Makes an element. Texts among its children stay texts.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: Event) => void)>} [attributes]
 *   functions listen to the event of that name; false and undefined: it has none of this name
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : `${value}`);
    }
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/**
 * The element with this id, which the page has by itself.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @returns {E}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no "${id}"`);
  return /** @type {E} */ (element);
}
