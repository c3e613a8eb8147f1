import type {
  ImageRuntime,
  Presence,
  PullOptions,
  RuntimeEvent,
  RuntimeVersion,
} from "../../../mod/ports/image_runtime.ts";
import { argumentFault } from "../../../mod/pure/pulls/ctr_arguments.ts";
import type { PullFailure, PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import type { PullProgress } from "../../../mod/pure/pulls/pull_progress.ts";
import type { LoginCandidate } from "../../../mod/ports/registry_logins.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";

import { type ScriptedBytes, scriptedBytes } from "./scripted_bytes.ts";

/** A runtime that does what the test says; nothing happens by itself. */
export interface ScriptedRuntime extends ImageRuntime {
  /** Images of which ended pulls have left something; the test's to fill. */
  readonly left: Set<string>;
  /** Images given up, in order. */
  readonly discarded: readonly string[];
  /** What the runtime holds; a test may change it, which sends no event. */
  readonly present: Map<string, Presence>;
  /** References of all pulls begun so far, in order, repeats included. */
  readonly pulls: readonly string[];
  /** References of pulls that have begun and not ended. */
  readonly pulling: ReadonlySet<string>;
  /** How many follow the events now; none hears what happened before. */
  readonly followers: number;
  /** What each `check()` was asked for, in order. */
  readonly checks: readonly (readonly string[])[];

  /** Images of which only the bytes are kept. */
  readonly bytes: ScriptedBytes;
  /** By which logins each pull was to be tried, as `bytes secret shop/regcred`, in order of `pulls`. */
  readonly logins: readonly (readonly string[])[];
  /** What each `check()` was told that may be bytes, in order of `checks`. */
  readonly mayBeBytes: readonly (readonly string[])[];
  /** From now on `reference` can be had by these logins alone, such as `secret shop/regcred`. */
  close(reference: string, ...opening: readonly string[]): void;

  /** Makes pulls of `reference` wait until the returned hold is released. */
  hold(reference: string): PullHold;
  /** Makes the next `times` (default: all) pulls of `reference` fail this way. */
  fail(reference: string, failure: PullFailure, detail?: string, times?: number): void;
  /** Makes pulls of `reference` succeed again. */
  heal(reference: string): void;
  /** Removes an image as somebody else would: sends `deleted`. */
  delete(reference: string): void;
  /** Creates a container from the image of this name: sends `used`. */
  use(reference: string): void;
  /** Pulls an image as kubelet does: its names are told, and it is there. */
  pullAsKubelet(reference: string, digest: string): void;
  /** Restarts the daemon: running pulls fail with `runtime`; sends `restarted`. */
  restart(options?: { readonly wipe?: boolean }): void;
  /** Stops answering for this reason; without one, answers again. Sends no event. */
  unavailable(reason?: string): void;
  /** Stops answering as one that does not listen at its socket; sends `lost`. */
  lose(reason: string): void;
  /** What `othersDownload()` answers; undefined: it cannot tell. */
  othersAreDownloading: boolean | undefined;
  /** How often it was asked. */
  readonly othersAsked: number;
  /** Whether pulls are paused. */
  readonly paused: boolean;
  /** What running pulls of `reference` say of their progress. */
  progress(reference: string, progress: PullProgress): void;
  /** Digests that pulls were told the reference had stood for, in order of `pulls`. */
  readonly known: readonly (string | undefined)[];
  /** Resolves once pulls of `reference` have begun `times` (1) times in all. */
  begun(reference: string, times?: number): Promise<void>;
}

/** Keeps pulls of one reference waiting. */
export interface PullHold extends Disposable {
  /** Lets waiting and later pulls go on. */
  release(): void;
}

/** Makes a runtime that holds the images `present`, all usable. */
export function scriptedRuntime(
  options: {
    readonly present?: Iterable<string>;
    readonly version?: RuntimeVersion;
    /** Size that a pull reports; unknown when absent. */
    readonly bytes?: number | undefined;
    /** Whether it tells of uses; names of the images in `present` are there from the start. */
    readonly tellsUses?: boolean | undefined;
    /** Images that containers have from the start. */
    readonly inUse?: readonly string[] | undefined;
  } = {},
): ScriptedRuntime {
  return new Script(options);
}

/** `runtime`, some of whose methods a test replaces. */
export function runtimeWith(runtime: ImageRuntime, replaced: Partial<ImageRuntime>): ImageRuntime {
  return {
    version: (options) => runtime.version(options),
    check: (references, options) => runtime.check(references, options),
    pull: (reference, options) => runtime.pull(reference, options),
    events: (options) => runtime.events(options),
    discard: (reference, options) => runtime.discard(reference, options),
    leftovers: () => runtime.leftovers(),
    bytes: runtime.bytes,
    othersDownload: (options) => runtime.othersDownload(options),
    pausePulls: (paused) => runtime.pausePulls(paused),
    ...replaced,
  };
}

interface Fault {
  readonly failure: PullFailure;
  readonly detail: string;
  left: number;
}

interface RunningPull {
  readonly reference: string;
  /** Ends the pull as a dying daemon does. */
  readonly cut: () => void;
  readonly progress: PullOptions["progress"];
}

class Script implements ScriptedRuntime {
  readonly left = new Set<string>();
  readonly discarded: string[] = [];
  readonly present = new Map<string, Presence>();
  readonly pulls: string[] = [];
  readonly known: (string | undefined)[] = [];
  readonly bytes = scriptedBytes();
  readonly logins: string[][] = [];
  readonly mayBeBytes: string[][] = [];
  readonly #opening = new Map<string, readonly string[]>();
  othersAreDownloading: boolean | undefined;
  othersAsked = 0;
  paused = false;
  readonly checks: (readonly string[])[] = [];
  readonly #version: RuntimeVersion;
  readonly #uses: { readonly tells: boolean; readonly inUse: Set<string> };
  readonly #usable: Presence & { readonly state: "usable" };
  readonly #holds = new Map<string, PromiseWithResolvers<void>>();
  readonly #faults = new Map<string, Fault>();
  readonly #running = new Set<RunningPull>();
  readonly #followers = new Set<(event: RuntimeEvent) => void>();
  #begunWaiters: (() => void)[] = [];
  #unavailable: string | undefined;
  #lost = false;

  constructor(options: Parameters<typeof scriptedRuntime>[0] = {}) {
    this.#version = options.version ?? { client: "1.7.24", server: "1.7.24" };
    this.#usable = { state: "usable", bytes: options.bytes };
    this.#uses = { tells: options.tellsUses ?? false, inUse: new Set(options.inUse) };
    for (const reference of options.present ?? []) this.present.set(reference, this.#usable);
  }

  get pulling(): ReadonlySet<string> {
    return new Set([...this.#running].map((pull) => pull.reference));
  }

  get followers(): number {
    return this.#followers.size;
  }

  async version(options: { readonly signal: AbortSignal }): Promise<RuntimeVersion> {
    await this.#answer(options.signal);
    return this.#version;
  }

  async check(
    references: readonly string[],
    options: { readonly signal: AbortSignal; readonly bytes?: ReadonlySet<string> | undefined },
  ): Promise<ReadonlyMap<string, Presence>> {
    this.checks.push([...references]);
    this.mayBeBytes.push([...options.bytes ?? []]);
    await this.#answer(options.signal);
    return new Map(references.map((reference) => [
      reference,
      this.present.get(reference) ?? this.#keptBytes(reference, options.bytes) ??
        { state: "absent" },
    ]));
  }

  async pull(reference: string, options: PullOptions): Promise<PullOutcome> {
    if (options.signal.aborted) return { result: "cancelled" };
    const fault = argumentFault(reference);
    if (fault !== undefined) return failed("invalid", fault);
    this.pulls.push(reference);
    this.known.push(options.known);
    const { logins = [] } = options;
    this.logins.push(logins.map(({ as, from }) => as === undefined ? from : `${as} ${from}`));
    const ended = Promise.withResolvers<"aborted" | "cut">();
    const { progress } = options;
    const running: RunningPull = { reference, cut: () => ended.resolve("cut"), progress };
    const abort = () => ended.resolve("aborted");
    options.signal.addEventListener("abort", abort, { once: true });
    this.#running.add(running);
    this.#wakeBegunWaiters();
    try {
      if (this.#unavailable !== undefined) return failed("runtime", this.#unavailable);
      const held = this.#holds.get(reference)?.promise ?? Promise.resolve();
      const end = await Promise.race([ended.promise, held]);
      if (end === "aborted") return { result: "cancelled" };
      if (end === "cut") return failed("runtime", "The daemon went away during the pull");
      return this.#conclude(reference, logins);
    } finally {
      this.#running.delete(running);
      options.signal.removeEventListener("abort", abort);
    }
  }

  discard(reference: string): Promise<void> {
    this.left.delete(reference);
    this.discarded.push(reference);
    return Promise.resolve();
  }

  leftovers(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(this.left));
  }

  othersDownload(): Promise<boolean | undefined> {
    this.othersAsked++;
    return Promise.resolve(this.othersAreDownloading);
  }

  pausePulls(paused: boolean): void {
    this.paused = paused;
  }

  progress(reference: string, progress: PullProgress): void {
    for (const pull of this.#running) if (pull.reference === reference) pull.progress?.(progress);
  }

  async *events(options: { readonly signal: AbortSignal }): AsyncIterable<RuntimeEvent> {
    const { signal } = options;
    const queue: RuntimeEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const push = (event: RuntimeEvent) => {
      queue.push(event);
      wake.resolve();
    };
    const stop = () => wake.resolve();
    this.#followers.add(push);
    if (this.#uses.tells) push(this.#following());
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event !== undefined) {
          yield event;
          continue;
        }
        await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      this.#followers.delete(push);
      signal.removeEventListener("abort", stop);
    }
  }

  hold(reference: string): PullHold {
    const hold = this.#holds.get(reference) ?? Promise.withResolvers<void>();
    this.#holds.set(reference, hold);
    const release = () => {
      if (this.#holds.get(reference) === hold) this.#holds.delete(reference);
      hold.resolve();
    };
    return { release, [Symbol.dispose]: release };
  }

  fail(reference: string, failure: PullFailure, detail?: string, times = Infinity): void {
    this.#faults.set(reference, {
      failure,
      detail: detail ?? `Scripted failure of ${reference}`,
      left: times,
    });
  }

  heal(reference: string): void {
    this.#faults.delete(reference);
  }

  delete(reference: string): void {
    this.present.delete(reference);
    this.#send({ type: "deleted", reference });
  }

  use(reference: string): void {
    this.#uses.inUse.add(reference);
    this.#tell({ type: "used", reference });
  }

  pullAsKubelet(reference: string, digest: string): void {
    const isNew = !this.present.has(reference);
    this.present.set(reference, { ...this.#usable, digest });
    const byDigest = `${reference.replace(/:[^/]*$/, "")}@${digest}`;
    this.#tell({ type: "named", reference, isNew, byKubelet: true });
    this.#tell({ type: "named", reference: byDigest, isNew: true, byKubelet: true });
  }

  restart(options: { readonly wipe?: boolean } = {}): void {
    if (options.wipe) this.present.clear();
    for (const pull of this.#running) pull.cut();
    this.#unavailable = undefined;
    this.#send({ type: "restarted" });
    if (this.#uses.tells) this.#send(this.#following());
  }

  lose(reason: string): void {
    this.unavailable(reason);
    this.#lost = true;
    this.#send({ type: "lost" });
  }

  unavailable(reason?: string): void {
    this.#lost = false;
    this.#unavailable = reason;
    if (reason === undefined) return;
    for (const pull of this.#running) pull.cut();
  }

  async begun(reference: string, times = 1): Promise<void> {
    while (this.pulls.filter((pulled) => pulled === reference).length < times) {
      await new Promise<void>((resolve) => this.#begunWaiters.push(resolve));
    }
  }

  close(reference: string, ...opening: readonly string[]): void {
    this.#opening.set(reference, opening);
  }

  #keptBytes(
    reference: string,
    mayBe: ReadonlySet<string> | undefined,
  ): Presence | undefined {
    const bytes = this.bytes.kept.get(reference);
    if (bytes === undefined || !mayBe?.has(reference)) return undefined;
    return { state: "usable", as: "bytes", bytes };
  }

  #conclude(reference: string, logins: readonly LoginCandidate[]): PullOutcome {
    const fault = this.#faults.get(reference);
    if (fault !== undefined && fault.left > 0) {
      fault.left--;
      return failed(fault.failure, fault.detail);
    }
    const opening = this.#opening.get(reference);
    const by = opening && logins.find(({ as, from }) => as !== undefined && opening.includes(from));
    if (opening !== undefined && by === undefined) {
      const tried = logins.filter(({ as }) => as !== undefined).map(({ from }) => from);
      const whose = tried.map((from) => `with the login of ${from}: `).join("; ");
      return failed("denied", `${whose}401 Unauthorized`);
    }
    if (by?.as === "bytes") {
      this.bytes.kept.set(reference, this.#usable.bytes ?? 0);
      return { result: "pulled", as: "bytes", bytes: this.#usable.bytes };
    }
    this.present.set(reference, this.#usable);
    this.#tell({ type: "named", reference, isNew: true, byKubelet: false });
    return { result: "pulled", bytes: this.#usable.bytes };
  }

  #following(): RuntimeEvent {
    return { type: "following", names: [...this.present.keys()], inUse: [...this.#uses.inUse] };
  }

  #tell(event: RuntimeEvent): void {
    if (this.#uses.tells) this.#send(event);
  }

  /** Every answer takes a turn of the event loop, as a real one does. */
  async #answer(signal: AbortSignal): Promise<void> {
    await Promise.resolve();
    signal.throwIfAborted();
    if (this.#unavailable === undefined) return;
    throw new RuntimeUnavailableError(this.#unavailable, { lost: this.#lost });
  }

  #send(event: RuntimeEvent): void {
    for (const push of this.#followers) push(event);
  }

  #wakeBegunWaiters(): void {
    const waiters = this.#begunWaiters;
    this.#begunWaiters = [];
    for (const wake of waiters) wake();
  }
}

function failed(failure: PullFailure, detail: string): PullOutcome {
  return { result: "failed", failure, detail };
}
