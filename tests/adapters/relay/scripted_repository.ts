import { systemClock } from "../../../mod/adapters/clock.ts";
import { openRelay, type RelayOptions } from "../../../mod/adapters/relay/relay.ts";
import {
  type BlobAnswer,
  type BlobPart,
  RegistryError,
  type Repository,
} from "../../../mod/adapters/relay/registries/repository.ts";
import type { PullRelay, RelayedPull } from "../../../mod/ports/pull_relay.ts";
import { never } from "../../harness/signals.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Answer = BlobAnswer | undefined;

/** A repository with one image of one layer, that answers as a test says. */
export interface ScriptedRepository extends Repository {
  readonly layer: Bytes;
  readonly layerDigest: string;
  /** What was asked: `GET manifests/1`, `blobs/sha256:…`, `blobs/sha256:… 0-10`. */
  readonly asked: string[];
  /** Answers requests for the layer, or throws; undefined: the usual answer. */
  onLayer: (part: BlobPart | undefined, signal: AbortSignal) => Answer | Promise<Answer>;
}

/** Makes one whose layer has so many random bytes. */
export async function scriptedRepository(layerBytes: number): Promise<ScriptedRepository> {
  const layer = new Uint8Array(layerBytes);
  for (let at = 0; at < layerBytes; at += 65536) {
    crypto.getRandomValues(layer.subarray(at, Math.min(at + 65536, layerBytes)));
  }
  const config = new TextEncoder().encode("{}");
  const layerDigest = await digestOf(layer);
  const manifest = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    config: { mediaType: "config", digest: await digestOf(config), size: config.length },
    layers: [{ mediaType: "layer", digest: layerDigest, size: layer.length }],
  }));
  const digest = await digestOf(manifest);
  const repository: ScriptedRepository = {
    layer,
    layerDigest,
    asked: [],
    onLayer: () => undefined,
    distrust() {},
    masked: (text) => text,
    withLogin: () => Promise.resolve(undefined),
    manifest(method, target) {
      repository.asked.push(`${method} manifests/${target}`);
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      return Promise.resolve({ digest, mediaType, bytes: manifest });
    },
    async blob(digest, { part, signal }) {
      repository.asked.push(`blobs/${digest}${part ? ` ${part.from}-${part.end}` : ""}`);
      if (digest !== layerDigest) return answerOf(config, part);
      return await repository.onLayer(part, signal) ?? answerOf(layer, part);
    },
  };
  return repository;
}

/** The right answer for a part of some bytes; a server that knows no ranges gets no part. */
export function answerOf(bytes: Bytes, part?: BlobPart): BlobAnswer {
  const { from, end } = part ?? { from: 0, end: bytes.length };
  return { from, length: end - from, body: bodyOf(bytes.slice(from, end)), brokeOff() {} };
}

/** A body that sends these bytes, and then ends or breaks. */
export function bodyOf(
  bytes: Bytes,
  { breaks = false }: { readonly breaks?: boolean } = {},
): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream<Bytes>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at += 65536));
      else if (breaks) controller.error(new Error("connection reset"));
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

/** What a repository throws when its registry answers with `status`. */
export function refusal(
  status: number,
  failure: RegistryError["failure"]["failure"],
): RegistryError {
  return new RegistryError({ result: "failed", failure, detail: `answered ${status}` }, status);
}

/** A relay that carries one pull, which has been looked up. */
export interface OpenedRelay extends AsyncDisposable {
  readonly relay: PullRelay;
  readonly pull: RelayedPull;
  /** Where the runtime asks. */
  readonly url: string;
  readonly folder: string;
}

/** Opens one for `repository`. */
export async function openedRelay(
  repository: Repository,
  options: Partial<RelayOptions> = {},
): Promise<OpenedRelay> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-relay-" });
  const registries = {
    open: () => Promise.resolve(repository),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const platform = { os: "linux", architecture: "amd64" };
  const relay = openRelay({ folder, platform, registries, clock: systemClock, ...options });
  const pull = await openedPull(relay, "registry.example/team/app:1");
  await pull.lookUp({ signal: never() });
  return {
    relay,
    pull,
    folder,
    url: `${await addressOf(pull)}/team/app`,
    async [Symbol.asyncDispose]() {
      await pull[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** One more pull through `relay`. */
export async function openedPull(relay: PullRelay, reference: string): Promise<RelayedPull> {
  const pull = await relay.open(reference);
  if ("direct" in pull) throw new Error(pull.direct);
  return pull;
}

/** What a pull's hosts.toml leads to. */
export async function addressOf({ hostsDir }: RelayedPull): Promise<string> {
  const file = await Deno.readTextFile(`${hostsDir}/_default/hosts.toml`);
  return /"(http:[^"]+)"/.exec(file)?.[1] ?? "";
}

/** As registries name blobs. */
export async function digestOf(bytes: Bytes): Promise<string> {
  return `sha256:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`;
}
