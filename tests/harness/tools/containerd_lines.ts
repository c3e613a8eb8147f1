import { onPath } from "../commands.ts";
import { type DebianPackage, obtainPackage, packageKey } from "./debian_packages.ts";
import { goBuildKey, obtainGoBuild } from "./go_builds.ts";
import { containerdBuild } from "./go_pins.ts";
import { isCached } from "./tool_cache.ts";

/** Lines of containerd that the harness can run, the oldest first. */
export const CONTAINERD_VERSIONS = ["1.6", "1.7", "2.3", "2.4"] as const;

/** One of them. */
export type ContainerdVersion = (typeof CONTAINERD_VERSIONS)[number];

/** A containerd with the `ctr` of the same version; absolute paths. */
export interface ContainerdTools {
  readonly containerd: string;
  readonly ctr: string;
}

/** Debian's releases carry one line each, whose binaries run on bookworm's libc. */
const PACKAGES: Readonly<Record<"1.6" | "1.7", DebianPackage>> = {
  "1.6": { name: "containerd", suite: "bookworm" },
  "1.7": { name: "containerd", suite: "trixie" },
};

/** Whether the text names a line that we have. */
export function isContainerdVersion(text: string): text is ContainerdVersion {
  return CONTAINERD_VERSIONS.some((version) => version === text);
}

/** Fetches or builds a line, once. The folder holds its shim too. */
export async function obtainContainerdLine(version: ContainerdVersion): Promise<ContainerdTools> {
  const folder = await folderOf(version);
  return { containerd: `${folder}/containerd`, ctr: `${folder}/ctr` };
}

/** Whether this machine has the line, or could fetch or build it. */
export function canHaveContainerd(version: ContainerdVersion): boolean {
  if (version === "2.3" || version === "2.4") {
    return onPath("go") !== undefined || isCached(goBuildKey(containerdBuild(version)));
  }
  const canFetch = onPath("apt-get") !== undefined && onPath("dpkg") !== undefined;
  return canFetch || isCached(packageKey(PACKAGES[version]));
}

async function folderOf(version: ContainerdVersion): Promise<string> {
  if (version === "1.6" || version === "1.7") {
    return `${await obtainPackage(PACKAGES[version])}/usr/bin`;
  }
  const path = await obtainGoBuild(containerdBuild(version));
  return path.slice(0, path.lastIndexOf("/"));
}
