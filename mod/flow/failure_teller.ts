import { pause } from "../async/delay.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventRecorder } from "../ports/event_recorder.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { Logger } from "../ports/logger.ts";
import type { ShownFleet } from "../ports/shown_fleet.ts";
import { whyKey } from "../pure/bucket/state_keys.ts";
import { decodeWhy, type WhyValue } from "../pure/bucket/wire.ts";
import { FailureNotices } from "../pure/failures/failure_notices.ts";
import { messageOf } from "../pure/message_of.ts";
import { momentOf } from "../pure/moment.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** How often it is looked at; what is told has lasted for minutes. */
const LOOK_MS = 30_000;

/** What a `FailureTeller` works with. */
export interface FailureTellerDeps {
  readonly events: EventRecorder;
  readonly shown: Pick<ShownFleet, "fleet" | "held" | "synced">;
  readonly leadership: Pick<Leadership, "leading">;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** While this controller leads, tells workloads that images they want cannot be had. */
export class FailureTeller {
  readonly #deps: FailureTellerDeps;
  readonly #warnings: RareWarnings;
  #notices = new FailureNotices();

  constructor(deps: FailureTellerDeps) {
    this.#deps = deps;
    this.#warnings = new RareWarnings(deps);
  }

  /** Looks again and again until `signal` aborts; what fails is tried again. */
  async tell(signal: AbortSignal): Promise<void> {
    while (await pause(LOOK_MS, signal)) {
      if (this.#leads()) await this.#look(signal);
      else this.#notices = new FailureNotices(); // another one tells, and counts on
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { shown, clock, logger } = this.#deps;
    const why = (reference: string) => whyOf(shown.held, reference);
    const { notices, untold } = this.#notices.due({
      fleet: shown.fleet,
      why,
      now: momentOf(clock),
    });
    if (untold > 0) {
      this.#warnings.warn("More images cannot be had than Events tell of", { images: untold });
    }
    let written = 0;
    for (const notice of notices) {
      if (signal.aborted || !this.#leads()) break;
      try {
        const recorded = await this.#deps.events.record(notice, { signal });
        const count = recorded.result === "recorded" ? recorded.count : notice.count;
        // What cannot be told is asked again as late as what was.
        this.#notices.told(notice, count, clock.monotonicMs());
        if (recorded.result === "recorded") written++;
        if (recorded.result === "refused") this.#warnings.warn(recorded.why);
      } catch (error) {
        if (signal.aborted) break;
        this.#warnings.warn("Could not write an Event, trying again", { error: messageOf(error) });
        break; // the others would wait for the same
      }
    }
    if (written > 0) {
      logger.info("Told workloads of images that cannot be had", { events: written });
    }
  }

  #leads(): boolean {
    return this.#deps.leadership.leading() && this.#deps.shown.synced;
  }
}

function whyOf(held: ReadonlyMap<string, string>, reference: string): WhyValue | undefined {
  const text = held.get(whyKey(reference));
  const decoded = text === undefined ? undefined : decodeWhy(text);
  return decoded !== undefined && "value" in decoded ? decoded.value : undefined;
}
