import { openRegistries } from "../../../mod/adapters/relay/registries/registries.ts";
import { openRelay, type RelayOptions } from "../../../mod/adapters/relay/relay.ts";
import type { Clock } from "../../../mod/ports/clock.ts";
import type { LookUp, PullRelay, RelayedPull } from "../../../mod/ports/pull_relay.ts";
import type { LoginCandidate } from "../../../mod/ports/registry_logins.ts";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { never } from "../../harness/signals.ts";
import {
  type ScriptedHost,
  type SeenRequest,
  sendBytes,
  startScriptedHost,
} from "./scripted_host.ts";
import { addressOf, digestOf } from "./scripted_repository.ts";

/** An image of one layer, as registries send it. */
export interface ServedImage {
  readonly layer: Uint8Array<ArrayBuffer>;
  readonly layerDigest: string;
  readonly digest: string;
  /** What a registry answers that lets everybody in; undefined: it has no such thing. */
  answer(request: SeenRequest): Response | undefined;
}

/** Makes one with a layer of random bytes. */
export async function servedImage(layerBytes = 1000): Promise<ServedImage> {
  const layer = crypto.getRandomValues(new Uint8Array(layerBytes));
  const config = new TextEncoder().encode("{}");
  const layerDigest = await digestOf(layer);
  const manifest = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "config", digest: await digestOf(config), size: config.length },
    layers: [{ mediaType: "layer", digest: layerDigest, size: layer.length }],
  }));
  const digest = await digestOf(manifest);
  return {
    layer,
    layerDigest,
    digest,
    answer(request) {
      const { target } = request;
      if (target.includes("/manifests/")) {
        const headers = { "content-type": MANIFEST, "docker-content-digest": digest };
        return new Response(request.method === "HEAD" ? null : manifest, { headers });
      }
      if (target.includes(layerDigest)) return sendBytes(layer, request);
      return target.includes("/blobs/") ? sendBytes(config, request) : undefined;
    },
  };
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** 401 with a challenge. */
export function challenged(challenge: string, body?: string): Response {
  return new Response(body ?? null, {
    status: 401,
    headers: { "www-authenticate": challenge },
  });
}

/** A relay on real registries, with a folder of hosts.toml files that a test may fill. */
export interface LoginRelay extends AsyncDisposable {
  readonly relay: PullRelay;
  /** Writes hosts.toml for a registry. */
  describe(registry: string, hostsToml: string): Promise<void>;
  /** Begins a pull of `reference` by `logins`, which ends with the relay or before. */
  pull(reference: string, logins?: readonly LoginCandidate[]): Promise<OpenPull>;
  /** Looks up `reference` in a pull of its own, which is over then. */
  lookUp(reference: string, logins?: readonly LoginCandidate[], known?: string): Promise<LookUp>;
}

/** A pull, and what the runtime gets of it. */
export interface OpenPull extends AsyncDisposable {
  readonly relayed: RelayedPull;
  lookUp(): Promise<LookUp>;
  /** Status and bytes of what the runtime asks for, such as `blobs/sha256:…`. */
  fetch(path: string): Promise<{ readonly status: number; readonly bytes: Uint8Array }>;
}

/** Opens one. */
export async function startLoginRelay(
  { clock = systemClock, ...options }: Partial<Omit<RelayOptions, "clock">> & {
    readonly clock?: Clock;
  } = {},
): Promise<LoginRelay> {
  await using starting = new AsyncDisposableStack();
  const [folder, hostsDir] = await Promise.all([
    Deno.makeTempDir({ prefix: "warm-images-relay-" }),
    Deno.makeTempDir({ prefix: "warm-images-hosts-" }),
  ]);
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  starting.defer(() => Deno.remove(hostsDir, { recursive: true }));
  const registries = starting.use(openRegistries({ hostsDir, requestsPerSecond: 0, clock }));
  const platform = { os: "linux", architecture: "amd64" };
  const relay = starting.use(openRelay({ folder, platform, registries, clock, ...options }));
  const pull = async (reference: string, logins: readonly LoginCandidate[] = []) => {
    const relayed = await relay.open(reference, { logins });
    if ("direct" in relayed) throw new Error(relayed.direct);
    const url = await addressOf(relayed);
    const [, repository] = /^[^/]+\/(.+?)(?:[:@][^/]*)?$/.exec(reference) ?? [];
    return {
      relayed,
      lookUp: () => relayed.lookUp({ signal: never() }),
      async fetch(path: string) {
        const response = await fetch(`${url}/${repository}/${path}`);
        return { status: response.status, bytes: await response.bytes() };
      },
      [Symbol.asyncDispose]: () => relayed[Symbol.asyncDispose](),
    };
  };
  const running = starting.move();
  return {
    relay,
    async describe(registry, hostsToml) {
      await Deno.mkdir(`${hostsDir}/${registry}`, { recursive: true });
      await Deno.writeTextFile(`${hostsDir}/${registry}/hosts.toml`, hostsToml);
    },
    pull,
    async lookUp(reference, logins, known) {
      await using opened = await pull(reference, logins);
      return await opened.relayed.lookUp({ signal: never(), known });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A registry that lets in by Basic whoever `may`, to this image under all names. */
export async function startBasicRegistry(
  image: ServedImage,
  may: (authorization: string | null, request: SeenRequest) => boolean,
): Promise<ScriptedHost> {
  return await startScriptedHost((request) =>
    may(request.headers.get("authorization"), request)
      ? image.answer(request)
      : challenged('Basic realm="test"')
  );
}

/** Such as `GET manifests/1 - 401`: what was asked, and by which of the named authorizations. */
export function askedBy(
  { seen }: ScriptedHost,
  names: Readonly<Record<string, string>>,
): string[] {
  return seen.map(({ method, target, headers }) => {
    const authorization = headers.get("authorization");
    const name = Object.entries(names).find(([, value]) => value === authorization)?.[0];
    const path = target.replace(/^\/v2\/(?:.*\/)?(manifests|blobs)\//, "$1/").replace(
      /sha256:[0-9a-f]+/,
      "…",
    );
    return `${method} ${path} by ${authorization === null ? "nobody" : name ?? authorization}`;
  });
}
