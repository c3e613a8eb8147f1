import { stringify } from "yaml";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { SeenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { manifestSource } from "../../../mod/adapters/manifests/source.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { recordingConditions, recordingLogger } from "../../harness/fakes/quiet.ts";
import { waitUntil } from "../../harness/wait.ts";

/** A Pod with one image, as YAML. */
export const pod = (name: string, image = "nginx") =>
  stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ image }] },
  });

/** A folder of its own that goes away with the test. */
export class TempFolder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  at(name: string): string {
    return `${this.path}/${name}`;
  }

  async write(name: string, text: string): Promise<string> {
    await Deno.writeTextFile(this.at(name), text);
    return this.at(name);
  }

  /** Puts `next` in the place of `name` in one go, so that nobody sees it missing. */
  replace(name: string, old: string, next: string): void {
    Deno.renameSync(this.at(name), this.at(old));
    Deno.renameSync(this.at(next), this.at(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A source that is followed until it is disposed of. */
export class Followed implements AsyncDisposable {
  readonly logger = recordingLogger();
  readonly conditions = recordingConditions();
  readonly causes: string[] = [];
  readonly source: WantsSource;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  constructor(
    paths: readonly string[],
    rest: {
      stdin?: () => ReadableStream<Uint8Array>;
      checkAgainMs?: number;
      namespace?: string;
    } = {},
  ) {
    const { stdin, checkAgainMs = 600_000, namespace } = rest;
    this.source = manifestSource({
      paths,
      kinds: new KindChoice(["auto"]),
      ...(namespace === undefined ? {} : { namespace }),
      logger: this.logger,
      conditions: this.conditions,
      ...(stdin ? { stdin } : {}),
      // Changes of existing paths must be seen by events, unless a test says otherwise.
      times: { checkAgainMs, checkMissingMs: 50, quietMs: 20 },
    });
    this.#following = this.source.follow({
      signal: this.#stop.signal,
      changed: (cause) => void this.causes.push(cause),
    });
  }

  /** Names of the workloads, in order, each with its images. */
  wanted(): string {
    return this.seen().workloads.map(({ name, shapes }) => {
      const images = shapes.flatMap(({ wants }) => wants.map(({ written }) => written));
      return `${name}=${images.join("+")}`;
    }).sort().join(" ");
  }

  seen(): SeenObjects {
    return seenBy(this.source);
  }

  /** What was logged with this message. */
  logged(message: string): unknown[] {
    return this.logger.lines.filter((line) => line.message === message).map(({ fields }) => fields);
  }

  faults(): readonly string[] {
    return this.source.observe().faults;
  }

  async until(wanted: string): Promise<void> {
    await waitUntil(
      `the source gives "${wanted}"`,
      () => this.source.observe().synced && this.wanted() === wanted,
    ).catch((error) => {
      throw new Error(`${error}; it gives "${this.wanted()}", faults: ${this.faults()}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }
}
