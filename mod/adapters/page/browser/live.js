// Follows the controller: everything once, then each change by server-sent events.

/** @import { PageChange, PageWhole } from "../../../pure/page/page_view.ts" */
import { Model } from "./model.js";

/** The controller sends something each 10 s: after longer, nobody is there. */
const SILENT_MS = 35_000;
const BACKOFF = { first: 1_000, most: 30_000 };
const FETCH_MS = 30_000;

/**
 * Keeps a model up to date for as long as the page is open. A change that is missing, another run of
 * the controller, or a connection that was gone: all is read again.
 */
export class Live {
  model = new Model();
  /** @type {(status: "live" | "waiting") => void} */
  #status;
  /** @type {() => void} */
  #changed;
  /** @type {EventSource | undefined} */
  #events;
  /** @type {PageChange[] | undefined} Changes that came while everything is read. */
  #early;
  #failures = 0;
  #silent = 0;
  #retry = 0;

  /**
   * @param {{ status: (status: "live" | "waiting") => void, changed: () => void }} tell
   */
  constructor({ status, changed }) {
    this.#status = status;
    this.#changed = changed;
  }

  /** Connects, and goes on for ever. */
  start() {
    const events = this.#events = new EventSource("page/events");
    this.#heard();
    events.addEventListener("error", () => this.#lost(events));
    events.addEventListener("alive", () => this.#heard());
    events.addEventListener("missed", () => this.#readAll(events));
    events.addEventListener("version", ({ data }) => {
      const { run, version } = JSON.parse(data);
      this.#heard();
      if (run === this.model.run && version === this.model.version) this.#isLive();
      else this.#readAll(events);
    });
    events.addEventListener("change", ({ data }) => {
      this.#heard();
      /** @type {PageChange} */
      const change = JSON.parse(data);
      if (this.#early !== undefined) this.#early.push(change);
      else if (this.model.takeChange(change)) this.#changed();
      else this.#readAll(events);
    });
  }

  /** @param {EventSource} events */
  async #readAll(events) {
    if (this.#early !== undefined) return;
    const early = this.#early = /** @type {PageChange[]} */ ([]);
    try {
      const response = await fetch("page/fleet.json", { signal: AbortSignal.timeout(FETCH_MS) });
      if (!response.ok) throw new Error(`The controller answered ${response.status}`);
      /** @type {PageWhole} */
      const whole = await response.json();
      if (events !== this.#events) return;
      this.#early = undefined;
      this.model.takeWhole(whole);
      if (!early.every((change) => this.model.takeChange(change))) return this.#lost(events);
      this.#isLive();
      this.#changed();
    } catch {
      this.#lost(events);
    }
  }

  #isLive() {
    this.#failures = 0;
    this.#status("live");
  }

  /** Something came: waits for the next. */
  #heard() {
    clearTimeout(this.#silent);
    const events = this.#events;
    if (events) this.#silent = setTimeout(() => this.#lost(events), SILENT_MS);
  }

  /**
   * Connects anew, later each time. A browser would do so by itself, but not after an answer that is
   * none of a stream's, and always as fast.
   * @param {EventSource} events
   */
  #lost(events) {
    if (events !== this.#events) return;
    events.close();
    this.#events = this.#early = undefined;
    this.#status("waiting");
    clearTimeout(this.#silent);
    clearTimeout(this.#retry);
    const ms = Math.min(BACKOFF.most, BACKOFF.first * 2 ** this.#failures++);
    this.#retry = setTimeout(() => this.start(), ms * (0.5 + Math.random() / 2));
  }
}
