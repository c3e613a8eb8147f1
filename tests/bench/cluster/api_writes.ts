import type { Figure } from "../figure.ts";
import { NAMESPACE, type TestCluster } from "../../harness/cluster/test_cluster.ts";

/** Watches what our programs write to the API server, and what objects come into being meanwhile. */
export class ApiRecord {
  readonly #test: TestCluster;
  readonly #writesBefore: number;
  readonly #before: ReadonlySet<string>;
  readonly #created = new Set<string>();

  private constructor(test: TestCluster, writesBefore: number, before: ReadonlySet<string>) {
    this.#test = test;
    this.#writesBefore = writesBefore;
    this.#before = before;
  }

  /** Notes what is there before. */
  static async begin(test: TestCluster): Promise<ApiRecord> {
    const before = await objectsOf(test);
    const { length } = await test.cluster.auditedWrites();
    return new ApiRecord(test, length, new Set(before));
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
    const writes = (await this.#test.cluster.auditedWrites()).slice(this.#writesBefore)
      .filter(({ user }) => user.startsWith(`system:serviceaccount:${NAMESPACE}:`));
    const renewals = writes.filter(({ verb, resource }) =>
      verb === "update" && resource === "leases"
    );
    const others = writes.filter((write) => !renewals.includes(write));
    const leases = new Set(renewals.map(({ name }) => name));
    return [{
      what: "the same: Kubernetes objects created, beside the user's own",
      target: "0",
      measured: [strange.length, ...strange].join(" "),
      met: strange.length === 0 && users.length > 0,
    }, {
      what: "the same: API writes caused",
      target: "only Lease renewals",
      measured: `${renewals.length} renewals of ${leases.size} Lease, ${others.length} others${
        others.map(({ verb, resource, name }) => ` ${verb} ${resource} ${name}`).join("")
      }`,
      met: others.length === 0 && leases.size === 1,
    }];
  }
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
