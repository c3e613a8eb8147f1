/** A package and the version that deno.json pins. */
export interface PinnedPackage {
  readonly registry: "npm" | "jsr";
  readonly name: string;
  readonly version: string;
}

/** Packages that stay at an older version, each with the reason. */
const HELD_BACK: Readonly<Record<string, string>> = {
  "@kubernetes/client-node": "2.x does not run on Deno 2.7.11, by which the tests compile",
};

/** Packages that imports of deno.json name, each once. */
export function packagesIn(imports: Readonly<Record<string, string>>): PinnedPackage[] {
  const packages = new Map<string, PinnedPackage>();
  for (const target of Object.values(imports)) {
    const [, registry, name, version] = /^(npm|jsr):\/?(@?[^@]+)@([^/]+)/.exec(target) ?? [];
    if (name === undefined || version === undefined) continue;
    packages.set(name, { registry: registry === "npm" ? "npm" : "jsr", name, version });
  }
  return [...packages.values()];
}

/** One line on a package, given the newest version that its registry has, if that answered. */
export function judgeAge(
  { registry, name, version }: PinnedPackage,
  newest: string | undefined,
): { readonly text: string; readonly isOutdated: boolean } {
  const pinned = `${registry}:${name} ${version}`;
  const reason = HELD_BACK[name];
  if (newest === undefined) return { text: `${pinned}  not known`, isOutdated: false };
  if (newest === version) return { text: `${pinned}  newest`, isOutdated: false };
  if (reason !== undefined) {
    return { text: `${pinned}  held back from ${newest}: ${reason}`, isOutdated: false };
  }
  return { text: `${pinned}  older than ${newest}`, isOutdated: true };
}
