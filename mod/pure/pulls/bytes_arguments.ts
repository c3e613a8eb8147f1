import { connection, type CtrTarget, requireArgument } from "./ctr_arguments.ts";
import { type CtrVersions, majorVersion } from "./ctr_versions.ts";

/**
 * Namespace of containerd in which bytes of images are kept. kubelet, CRI and image cleaners look into
 * that of Kubernetes alone. All in this one is ours.
 */
export const BYTES_NAMESPACE = "warm-images";

/** So many images, leases or blobs in one command: an argument takes up to 300 bytes. */
export const MAX_REMOVED_AT_ONCE = 200;

/**
 * `ctr content fetch`: what `images pull` fetches for this machine's platform, and nothing is unpacked.
 * ctr fetches by itself in all versions, so the daemon's own places for downloads stay free. Throws
 * RangeError for what is not a reference.
 */
export function fetchArguments(
  reference: string,
  { version, hostsDir, platform, ...target }: CtrTarget & {
    readonly version: CtrVersions;
    /** See `ImageContent`; ctr fetches for its own one alone unless it is told. */
    readonly platform?: string | undefined;
    /** Absolute path. */
    readonly hostsDir: string;
  },
): string[] {
  const flags = ["--hosts-dir", hostsDir];
  if (platform !== undefined) flags.push("--platform", platform);
  // Else ctr 2 fetches the manifests of all platforms, and registries limit manifests.
  if (majorVersion(version.client) >= 2) flags.push("--skip-metadata");
  return [...connection(target), "content", "fetch", ...flags, requireArgument(reference)];
}

/**
 * `ctr images rm`, which returns once what only these images have kept is gone. ctr waits for that only
 * where the last of them is there. Throws RangeError for what is not a reference.
 */
export function imageRemovalArguments(references: readonly string[], target: CtrTarget): string[] {
  return [...connection(target), "images", "rm", "--sync", ...references.map(requireArgument)];
}

/** `ctr leases rm` of several, whoever made them; see `leaseRemovalArguments()`. */
export function leasesRemovalArguments(ids: readonly string[], target: CtrTarget): string[] {
  return [...connection(target), "leases", "rm", "--sync", ...ids.map(requireArgument)];
}

/** `ctr content ls`: digests only. */
export function contentArguments(target: CtrTarget): string[] {
  return [...connection(target), "content", "ls", "-q"];
}

/** `ctr content rm`: the namespace's word of these blobs; they stay where another one has them too. */
export function contentRemovalArguments(digests: readonly string[], target: CtrTarget): string[] {
  return [...connection(target), "content", "rm", ...digests.map(requireArgument)];
}

/** `ctr namespaces rm`, which refuses while anything is in it; one that is not there is no fault. */
export function namespaceRemovalArguments(target: CtrTarget): string[] {
  return [...connection(target), "namespaces", "rm", target.namespace];
}
