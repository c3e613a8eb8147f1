import { NAMESPACE, RELEASE, type TestCluster } from "../../harness/cluster/test_cluster.ts";
import { waitUntil } from "../../harness/wait.ts";

/** What `plan` says of an image, as far as tests look at it. */
export interface PlanRow {
  readonly image: string;
  readonly reasons: readonly { readonly kind: string; readonly how?: string }[];
  readonly priority: number;
  /** "all", or their names in order. */
  readonly nodes: "all" | readonly string[];
}

/** What `plan` says in a pod of the controller, by image. */
export async function planIn(test: TestCluster): Promise<ReadonlyMap<string, PlanRow>> {
  const printed = await test.sh(
    `kubectl --namespace ${NAMESPACE} exec deployment/${RELEASE}-warm-images-controller -- ` +
      "warm-images-controller plan --output json",
  );
  const rows: PlanRow[] = JSON.parse(printed);
  return new Map(rows.map((row) => [row.image, row]));
}

/** Waits until `plan` says this of an image; undefined: it is not wanted. */
export async function untilPlanned(
  test: TestCluster,
  image: string,
  holds: (row: PlanRow | undefined) => boolean,
): Promise<void> {
  let row: PlanRow | undefined;
  await waitUntil(`the plan is right about "${image}"`, async () => {
    row = (await planIn(test)).get(image);
    return holds(row);
  }, { everyMs: 200 }).catch((error: unknown) => {
    throw new Error(`The plan says ${JSON.stringify(row)}`, { cause: error });
  });
}
