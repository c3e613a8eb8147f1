import { Deadline, DeadlineError } from "../async/deadline.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import { RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";

/**
 * How long an answer may take, in ms. `ctr` gives up after 30 s by itself, and after 5 s more it is
 * killed; together with the look at the disk this stays below the minute that `/livez` allows.
 */
const ANSWER_MS = 40_000;

/** What the work loop asks the runtime; pulls and events run beside it. */
export type RuntimeQuestions = Pick<ImageRuntime, "version" | "check">;

/**
 * Asks `runtime`, with a deadline for each answer and a beat before each question: a loop that asks
 * many of them in one turn is alive. A missed deadline is thrown as `RuntimeUnavailableError`; only
 * a runtime that ignores its signal as well keeps the loop waiting.
 */
export function runtimeQuestions(runtime: ImageRuntime, conditions: Conditions): RuntimeQuestions {
  const ask = async <T>(
    what: string,
    signal: AbortSignal,
    question: (options: { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    conditions.beat();
    using deadline = new Deadline(ANSWER_MS, what, signal);
    try {
      return await question({ signal: deadline.signal });
    } catch (cause) {
      if (!(cause instanceof DeadlineError)) throw cause;
      throw new RuntimeUnavailableError(cause.message, { cause });
    }
  };
  return {
    version: ({ signal }) =>
      ask("the container runtime's version", signal, (options) => runtime.version(options)),
    check: (references, { signal, bytes }) =>
      ask(
        "the container runtime to check images",
        signal,
        (options) => runtime.check(references, { ...options, bytes }),
      ),
  };
}
