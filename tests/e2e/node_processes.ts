import { assertEquals } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import type { TestCluster } from "../harness/cluster/test_cluster.ts";

/** What the kernel lets a process do. */
export interface ProcessRights {
  /** Id of its user. */
  readonly user: string;
  /** All different sets of capabilities that it has or may come by, in hexadecimal. */
  readonly capabilities: readonly string[];
  /** Whether no program that it starts may do more than itself. */
  readonly gainsNone: boolean;
  /** Whether its system calls are filtered. */
  readonly filtered: boolean;
}

/** Ids of all processes of a node that run this program; there have to be so many. */
export async function onlyProcesses(
  test: TestCluster,
  node: string,
  program: string,
  count: number,
): Promise<string[]> {
  // The kernel keeps 15 letters of a name.
  const printed = await test.cluster.onNode(node, "pgrep", "-x", program.slice(0, 15));
  const pids = printed.stdout.split("\n").filter((line) => line !== "");
  assertEquals(pids.length, count, `processes of ${program} on ${node}: ${pids}`);
  return pids;
}

/** Reads the rights of a process on a node. */
export async function rightsOfProcess(
  test: TestCluster,
  node: string,
  pid: string,
): Promise<ProcessRights> {
  const status = await must(test.cluster.onNode(node, "cat", `/proc/${pid}/status`));
  const fields = new Map(
    status.split("\n").map((line) => {
      const [name = "", value = ""] = line.split(":");
      return [name, value.trim().split(/\s+/)[0] ?? ""];
    }),
  );
  const sets = [...fields].filter(([name]) => /^Cap(Inh|Prm|Eff|Bnd|Amb)$/.test(name));
  return {
    user: fields.get("Uid") ?? "",
    capabilities: [...new Set(sets.map(([, value]) => value))],
    gainsNone: fields.get("NoNewPrivs") === "1",
    filtered: fields.get("Seccomp") === "2",
  };
}

/** What every container has mounted, whatever its pod says. */
const OF_EVERY_CONTAINER = /^\/(proc|sys|dev)(\/|$)|^\/etc\/(hosts|hostname|resolv\.conf)$/;

/** "path ro" or "path rw" of all that a process on a node has mounted by what its pod says. */
export async function mountsOf(test: TestCluster, node: string, pid: string): Promise<string[]> {
  const table = await must(test.cluster.onNode(node, "cat", `/proc/${pid}/mountinfo`));
  const mounts = table.split("\n").filter((line) => line !== "").map((line) => {
    const [, , , , path = "", options = ""] = line.split(" ");
    // One is a link to the other in most images.
    const plain = path.replace(/^\/var\/run\//, "/run/");
    return `${plain} ${options.split(",")[0]}`;
  });
  return mounts.filter((mount) => !OF_EVERY_CONTAINER.test(mount.split(" ")[0] ?? "")).toSorted();
}
