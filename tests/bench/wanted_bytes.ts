import { runCommand } from "../harness/commands.ts";
import { earlierVersion, reasonWithout } from "../harness/earlier_version.ts";
import { printProgress } from "../harness/print.ts";
import type { Figure } from "./figure.ts";
import { MIXED_NODES, mixedBytes, mixedCluster } from "./mixed_cluster.ts";

/** The last commit whose rules were: templates, all ReplicaSets, and 64 placements at most. */
const BEFORE = "a30d09a7290d1598671781339552684ca1e6f634";

/** Bytes wanted on all nodes of a mixed cluster, by the rules of 0.2.0 and by today's. */
export async function wantedBytes(): Promise<Figure[]> {
  const missing = await reasonWithout(BEFORE);
  if (missing !== undefined) {
    printProgress(`Left out: ${missing}`);
    return [];
  }
  const [before, now] = [await wantedBy(BEFORE), await wantedBy("HEAD")];
  return [{
    what: `images wanted on all of ${MIXED_NODES.length} mixed nodes, 0.2.0 and now`,
    target: "printed",
    measured: `${terabytes(before)} and ${terabytes(now)}: ${
      (100 * (1 - now / before)).toFixed(0)
    } % less`,
    met: now < before,
  }];
}

/** Sum over images and nodes of what `plan` of a commit says. */
async function wantedBy(commit: string): Promise<number> {
  await using version = await earlierVersion(commit);
  const manifest = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const list = { apiVersion: "v1", kind: "List", items: mixedCluster() };
    await Deno.writeTextFile(manifest, JSON.stringify(list));
    const args = ["plan", "--manifests", manifest, "--output", "json", "--log-level", "error"];
    const { code, stdout, stderr } = await runCommand(version.controller, args);
    if (code !== 0) throw new Error(`Cannot plan: ${stderr}`);
    const rows = JSON.parse(stdout) as { image: string; nodes: "all" | readonly string[] }[];
    return rows.reduce(
      (sum, { image, nodes }) =>
        sum + mixedBytes(image) * (nodes === "all" ? MIXED_NODES.length : nodes.length),
      0,
    );
  } finally {
    await Deno.remove(manifest);
  }
}

const terabytes = (bytes: number) => `${(bytes / 1e12).toFixed(2)} TB`;
