import { onAbort } from "../../../async/on_abort.ts";
import type { Intake } from "./intake.ts";
import { type BlobPart, RegistryError, type Repository } from "../registries/repository.ts";
import type { Waiting } from "./standstill_watch.ts";

/** A blob of a repository, and where its bytes come in. */
export interface BlobSource {
  readonly repository: Repository;
  readonly digest: string;
  /** Of the whole blob. */
  readonly bytes: number;
  readonly intake: Intake;
}

/** A body of which the first byte belongs at `from`; it may go beyond what was asked for. */
export interface RangeAnswer {
  readonly from: number;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Whether the server sends the whole blob although a part was asked for. */
  readonly isWhole: boolean;
  /** As that of `BlobAnswer`. */
  brokeOff(): void;
}

/** A registry that is itself a cache may have to fetch a blob before it answers. */
const PATIENCE_MS = 60_000;

/** Asks once for bytes of a blob. Throws `RegistryError`, also when other bytes would come. */
export async function requestRange(
  source: BlobSource,
  { from, end }: BlobPart,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  const { repository, digest, bytes, intake } = source;
  await intake.ready(0, signal);
  const given = new AbortController();
  using _listener = onAbort(signal, () => given.abort(signal.reason));
  const waiting: Waiting = {
    since: performance.now(),
    patienceMs: PATIENCE_MS,
    giveUp: () => given.abort(new Error(`no answer for ${PATIENCE_MS / 1000} s`)),
  };
  using _watch = intake.standstill.watch(waiting);
  const part = from === 0 && end === bytes ? undefined : { from, end };
  const answer = await repository.blob(digest, { signal: given.signal, part, bytes });
  const { length, body } = answer;
  const isFitting = length === undefined || length === end - from;
  // A server may send less of a part than was asked for (RFC 9110 §15.3.7); the rest is asked for anew.
  const isAsked = answer.from === from && (isFitting || part !== undefined && length < end - from);
  const isWhole = answer.from === 0 && (length === undefined || length === bytes);
  if (isAsked || isWhole) return { ...answer, isWhole: !isAsked };
  await body.cancel().catch(() => {});
  throw wrongBytes(`${length ?? "some"} bytes from ${answer.from} on`, { from, end });
}

function wrongBytes(said: string, { from, end }: BlobPart): RegistryError {
  const detail = `The registry sent ${said}, where ${end - from} from ${from} on were asked for`;
  return new RegistryError({ result: "failed", failure: "bad_content", detail });
}
