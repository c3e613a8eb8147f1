import type { Figure } from "../figure.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";

/** One request that changed something, as kube-apiserver's log has it. */
export interface ApiWrite {
  readonly verb: string;
  /** Without the query. */
  readonly path: string;
  readonly userAgent: string;
  /** Where it came from: pods and nodes have addresses of their own. */
  readonly address: string;
}

/** Watches what our programs write to the API server, and what objects come into being meanwhile. */
export class ApiRecord {
  readonly #test: TestCluster;
  readonly #logFrom: number;
  readonly #before: ReadonlySet<string>;
  readonly #created = new Set<string>();

  private constructor(test: TestCluster, logFrom: number, before: ReadonlySet<string>) {
    this.#test = test;
    this.#logFrom = logFrom;
    this.#before = before;
  }

  /** Notes what is there before. */
  static async begin(test: TestCluster): Promise<ApiRecord> {
    const before = await objectsOf(test);
    const log = await test.cluster.daemons.log("kube-apiserver");
    return new ApiRecord(test, log.length, new Set(before));
  }

  /** Notes which objects are there now and were not before. */
  async look(): Promise<void> {
    for (const each of await objectsOf(this.#test)) {
      if (!this.#before.has(each)) this.#created.add(each);
    }
  }

  /** What was created and written since the beginning, when a user's Deployment `name` came. */
  async figures(name: string): Promise<Figure[]> {
    const objects = [...this.#created];
    const users = objects.filter((object) => isOfDeployment(object, name));
    const strange = objects.filter((object) => !users.includes(object));
    const writes = await this.#ourWrites();
    const renewals = writes.filter(({ verb, path }) => verb === "PUT" && LEASE.test(path));
    const others = writes.filter((write) => !renewals.includes(write));
    const leases = new Set(renewals.map(({ path }) => path));
    return [{
      what: "the same: Kubernetes objects created, beside the user's own",
      target: "0",
      measured: [strange.length, ...strange].join(" "),
      met: strange.length === 0 && users.length > 0,
    }, {
      what: "the same: API writes caused",
      target: "only Lease renewals",
      measured: `${renewals.length} renewals of ${leases.size} Lease, ${others.length} others${
        others.map(({ verb, path }) => ` ${verb} ${path}`).join("")
      }`,
      met: others.length === 0 && leases.size === 1,
    }];
  }

  /** Ours are Deno's; what this process itself asks comes from the machine that carries the nodes. */
  async #ourWrites(): Promise<ApiWrite[]> {
    const here = (await this.#test.cluster.registry()).split(":")[0];
    const log = await this.#test.cluster.daemons.log("kube-apiserver");
    const writes = log.slice(this.#logFrom).split("\n").map(readWrite);
    return writes.filter((write) => write !== undefined).filter(({ userAgent, address }) =>
      userAgent.startsWith("Deno/") && address !== here
    );
  }
}

const LEASE = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/[^/]+\/leases\/[^/]+$/;

/** Reads one line of kube-apiserver's log; undefined for reads and for everything else. */
export function readWrite(line: string): ApiWrite | undefined {
  const match =
    /"HTTP" verb="(POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION)" URI="([^"?]*)[^"]*".* userAgent="([^"]*)".* srcIP="([^"]*):\d+"/
      .exec(line);
  if (match === null) return undefined;
  const [, verb = "", path = "", userAgent = "", address = ""] = match;
  return { verb, path, userAgent, address };
}

/** Whether an object is the Deployment, or the ReplicaSet that Kubernetes makes of it. */
function isOfDeployment(object: string, name: string): boolean {
  return object === `Deployment default/${name}` ||
    object.startsWith(`ReplicaSet default/${name}-`);
}

/** "Kind namespace/name" of all objects; kubelets make Events as they please. */
async function objectsOf(test: TestCluster): Promise<string[]> {
  const shown = '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const printed = await test.sh(
    `kinds=$(kubectl api-resources --verbs=list -o name | grep -Ev '^(events|componentstatuses)' | paste -sd,)
    kubectl get "$kinds" --all-namespaces -o 'jsonpath=${shown}'`,
  );
  return printed.split("\n").filter((line) => line !== "");
}
