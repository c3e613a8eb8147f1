import { abortable } from "../../async/abortable.ts";
import type { Session } from "./sessions.ts";

/** Holds the present session, and lets others wait for the next one. */
export class SessionSlot {
  #present: Session | undefined;
  #arrival = Promise.withResolvers<Session>();

  /** The present session, if one stands. */
  get present(): Session | undefined {
    return this.#present?.signal.aborted ? undefined : this.#present;
  }

  /** Replaces the session. */
  set(session: Session): void {
    this.#present = session;
    this.#arrival.resolve(session);
    this.#arrival = Promise.withResolvers();
  }

  /** Resolves to the present session, or the next; rejects when `signal` aborts. */
  async next(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    return this.present ?? await abortable(this.#arrival.promise, signal);
  }
}
