import { assert, assertEquals } from "@std/assert";
import type { ImageBytes } from "../../../mod/ports/image_bytes.ts";
import type { ImageRuntime, Presence } from "../../../mod/ports/image_runtime.ts";
import type { CommandResult } from "../../harness/commands.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import { never } from "../../harness/signals.ts";
import { relayOfBytes } from "./bytes_relay.ts";
import {
  type ContainerdHarness,
  type ContainerdPair,
  containerdPairs,
  startContainerdHarness,
} from "./harness.ts";

/** Each line once, with the ctr of its own, the oldest included. */
export async function pairsForBytes(): Promise<ContainerdPair[]> {
  const pairs = await containerdPairs();
  return ["1.6", "1.7", "2.3", "2.4"].flatMap((line) =>
    pairs.find(({ version }) => version === line) ?? []
  );
}

/** A runtime on a containerd of its own, of whose images only bytes may be kept. */
export function startBytesHarness(
  pair: ContainerdPair,
  options: Parameters<typeof startContainerdHarness>[1] = {},
): Promise<ContainerdHarness> {
  return startContainerdHarness(pair, { changeRelay: relayOfBytes, ...options });
}

/** What the runtime holds of one image, of which bytes suffice. */
export async function presenceOf(runtime: ImageRuntime, reference: string): Promise<Presence> {
  const bytes = new Set([reference]);
  const seen = await runtime.check([reference], { signal: never(), bytes });
  const presence = seen.get(reference);
  assert(presence !== undefined);
  return presence;
}

/** What keeps bytes in a runtime that can. */
export function bytesOf({ bytes }: ImageRuntime): ImageBytes {
  assert(bytes !== undefined, "this runtime keeps no bytes");
  return bytes;
}

/** Runs ctr in the namespace of bytes. */
export function ctrOfBytes(containerd: TestContainerd, ...args: string[]): Promise<CommandResult> {
  return containerd.ctr("-n", "warm-images", ...args);
}

/** What ctr lists in the namespace of bytes, by lines. */
export async function listed(containerd: TestContainerd, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await ctrOfBytes(containerd, ...args);
  assertEquals(code, 0, stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Digests of all blobs that lie on the disk, whatever namespace they are for. */
export async function blobsOnDisk(containerd: TestContainerd): Promise<string[]> {
  const folder = `${containerd.root}/io.containerd.content.v1.content/blobs/sha256`;
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  return entries.map(({ name }) => `sha256:${name}`).sort();
}

/** Digests of what the manifest of this digest names. */
export async function contentOf(
  containerd: TestContainerd,
  manifest: string,
): Promise<{ readonly config: string; readonly layers: readonly string[] }> {
  const folder = `${containerd.root}/io.containerd.content.v1.content/blobs`;
  const text = await Deno.readTextFile(`${folder}/${manifest.replace(":", "/")}`);
  const { config, layers } = JSON.parse(text);
  return {
    config: config.digest,
    layers: layers.map(({ digest }: { readonly digest: string }) => digest),
  };
}
