import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { leaderOf } from "../leader.ts";
import { warmsNew } from "../warms_new.ts";
import { controllersSay, servedBy } from "./controllers.ts";
import type { GatedCluster } from "./gated.ts";
import { COLD, OLD, withoutMachine } from "./nodes.ts";

const NODE = "not-allowed";

/** Without the right to patch nodes the log and /readyz say what to grant, and all else goes on. */
export async function withoutRight(gated: GatedCluster): Promise<void> {
  const { test } = gated;
  const granted = await takeRight(gated);
  const began = Date.now();
  // Nobody tolerates the other taint: nothing is due there, and the gate could open at once.
  await test.apply(withoutMachine(NODE, "example.com/nobody"));
  await controllersSay(test, began, "Must not open gates of nodes", NODE, "patch");
  const readiness = await servedBy(test, await leaderOf(test), "/readyz");
  assertStringIncludes(readiness, "patch");
  await warmsNew(test, "gate/meanwhile", { nodes: [OLD] });
  assertEquals((await gated.taintsOf(NODE)).includes(COLD), true);
  const tries = await gated.writesTo(NODE, began);
  assertEquals(tries.every(({ status }) => status === 403), true);

  await test.write("granted.json", granted);
  await test.sh("kubectl replace --filename granted.json");
  await gated.untilOpen(NODE, began);
  await test.sh(`kubectl delete node ${NODE}`);
}

/** Resolves to the ClusterRoles as they were. */
async function takeRight({ test }: GatedCluster): Promise<string> {
  const printed = await must(test.cluster.kubectl(
    ...["get", "clusterroles", "-l", "app.kubernetes.io/name=warm-images", "-o", "json"],
  ));
  const { items, ...list }: { readonly items: readonly Role[] } = JSON.parse(printed);
  const without = items.map((role) => ({
    ...role,
    rules: role.rules.filter(({ verbs, resources = [] }) =>
      !(verbs.includes("patch") && resources.includes("nodes"))
    ),
  }));
  const rules = (roles: readonly Role[]) => roles.flatMap((role) => role.rules).length;
  assertEquals(rules(items) - rules(without), 1, "one rule lets the controller patch nodes");
  await test.write("taken.json", JSON.stringify({ ...list, items: without }));
  await test.sh("kubectl replace --filename taken.json");
  // Replacing anew asks for no version that has changed since.
  const unversioned = items.map(({ metadata: { resourceVersion: _, ...metadata }, ...role }) => ({
    ...role,
    metadata,
  }));
  return JSON.stringify({ ...list, items: unversioned });
}

interface Role {
  readonly metadata: { readonly resourceVersion?: string };
  readonly rules: readonly {
    readonly verbs: readonly string[];
    readonly resources?: readonly string[];
  }[];
}
