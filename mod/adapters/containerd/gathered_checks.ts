import { abortable } from "../../async/abortable.ts";
import { onAbort } from "../../async/on_abort.ts";
import { startTimer } from "../../async/timer.ts";
import type { CheckedImage } from "../../pure/pulls/ctr_output.ts";
import type { CtrQueries } from "./ctr_queries.ts";

/**
 * How long a question waits for others, in ms. A process costs 15 to 30 ms of a processor, mostly for
 * starting it; meanwhile the next pulls go on.
 */
const GATHER_MS = 30;

type Checked = ReadonlyMap<string, CheckedImage>;

interface Batch {
  readonly references: Set<string>;
  /** Those who still want to know. */
  waiting: number;
  readonly over: AbortController;
  readonly answer: Promise<Checked>;
}

/** Asks about images of pulls that end close to each other by one process. */
export class GatheredChecks {
  readonly #queries: Pick<CtrQueries, "check">;
  #gathering: Batch | undefined;

  constructor(queries: Pick<CtrQueries, "check">) {
    this.#queries = queries;
  }

  /**
   * What containerd holds of one image; undefined: nothing. Throws `RuntimeUnavailableError`, and the
   * signal's reason when it aborts.
   */
  async check(
    reference: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<CheckedImage | undefined> {
    signal.throwIfAborted();
    const batch = this.#gathering ??= this.#begin();
    batch.references.add(reference);
    batch.waiting++;
    using _listener = onAbort(signal, () => {
      if (--batch.waiting > 0) return;
      if (this.#gathering === batch) this.#gathering = undefined;
      batch.over.abort(signal.reason);
    });
    return (await abortable(batch.answer, signal)).get(reference);
  }

  #begin(): Batch {
    const references = new Set<string>();
    const over = new AbortController();
    const answer = this.#ask(references, over.signal);
    answer.catch(() => {}); // whoever asked has given up
    return { references, waiting: 0, over, answer };
  }

  async #ask(references: ReadonlySet<string>, signal: AbortSignal): Promise<Checked> {
    const gathered = Promise.withResolvers<void>();
    using _timer = startTimer(GATHER_MS, gathered.resolve);
    await abortable(gathered.promise, signal);
    this.#gathering = undefined;
    return await this.#queries.check([...references], { signal });
  }
}
