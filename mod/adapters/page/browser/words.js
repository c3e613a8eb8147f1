// How the page says things: numbers, times, states, and texts that anybody may have written.

/** Of an image of which only the bytes are kept, as it is private. */
const WARM_AS_BYTES = "warm as bytes";

/** States with their signs, the worst first: the sign tells them apart, the colour only helps. */
export const STATES = [
  { name: "failed", sign: "✕" },
  { name: "pulling", sign: "↓" },
  { name: "waiting", sign: "…" },
  { name: "skipped", sign: "–" },
  { name: WARM_AS_BYTES, sign: "◐" },
  { name: "warm", sign: "✓" },
];

/**
 * The sign of a state; later versions may know further ones.
 * @param {string} state
 * @returns {string}
 */
export function signOf(state) {
  return STATES.find(({ name }) => name === state)?.sign ?? (state === "missing" ? "○" : "?");
}

/**
 * The class by which a state has its colour.
 * @param {string} state
 * @returns {string}
 */
export function classOf(state) {
  if (state === WARM_AS_BYTES) return "warm";
  return STATES.some(({ name }) => name === state) ? state : "other";
}

/**
 * The state of an image on a node as it is shown.
 * @param {{ readonly state: string, readonly as?: string }} cell
 * @returns {string}
 */
export function stateText({ state, as }) {
  return as === "bytes" ? WARM_AS_BYTES : state;
}

/**
 * Whether nobody has to look at it.
 * @param {string} state as `stateText()` gives it
 * @returns {boolean}
 */
export function isFine(state) {
  return state === "warm" || state === WARM_AS_BYTES || state === "skipped";
}

/**
 * A text of anybody as it is shown: characters that draw nothing, or turn the direction of what
 * follows, are written out.
 * @param {string} text
 * @returns {string}
 */
export function shown(text) {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * An image's name as people look for it, and where it comes from.
 * @param {string} reference
 * @returns {{ name: string, from: string }}
 */
export function partsOf(reference) {
  const end = reference.indexOf("@");
  const slash = reference.lastIndexOf("/", end < 0 ? reference.length : end);
  return { name: reference.slice(slash + 1), from: reference.slice(0, Math.max(0, slash)) };
}

const WHOLE = new Intl.NumberFormat("en");

/**
 * @param {number} count
 * @returns {string}
 */
export function countText(count) {
  return WHOLE.format(count);
}

/**
 * Never 100 % while something is lacking.
 * @param {number} share 0 to 1
 * @returns {string}
 */
export function shareText(share) {
  return share >= 1 ? "100 %" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/**
 * A thousand steps between units, as registries and disks count.
 * @param {number} bytes
 * @returns {string}
 */
export function bytesText(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(unit < 2 || value >= 99.95 ? 0 : 1)} ${units[unit]}`;
}

/**
 * @param {number} seconds
 * @returns {string}
 */
export function durationText(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/**
 * How long ago an ISO time is.
 * @param {string | undefined} iso
 * @returns {string}
 */
export function agoText(iso) {
  const ms = iso === undefined ? NaN : Date.now() - Date.parse(iso);
  return Number.isNaN(ms) ? "" : durationText(Math.max(0, ms) / 1000);
}
