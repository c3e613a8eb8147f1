import type { CtrTarget } from "../../pure/pulls/ctr_arguments.ts";
import { adviceOn, nobodyListens } from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import type { Ctr, CtrAnswer } from "./ctr_process.ts";

/** Runs ctr to its end; resolves to its stdout. Throws `RuntimeUnavailableError` when it fails. */
export async function askCtr(
  ctr: Ctr,
  target: CtrTarget,
  args: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<string> {
  const answer = await ctr.ask(args, { signal });
  if (answer.code !== 0) throw unavailable(target, answer);
  return answer.stdout;
}

/** What to throw when ctr has failed. */
export function unavailable(target: CtrTarget, answer: CtrAnswer): RuntimeUnavailableError {
  const said = answer.stderr.split("\n").findLast((line) => line.startsWith("ctr: "));
  const why = said?.slice("ctr: ".length, 400) ?? `ctr ended with code ${answer.code}`;
  return new RuntimeUnavailableError(
    `containerd at "${target.address}" does not answer, ${adviceOn(why)} (${why})`,
    { lost: nobodyListens(why) },
  );
}
