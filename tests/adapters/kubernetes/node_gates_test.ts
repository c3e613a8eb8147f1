import { assert, assertEquals, assertRejects } from "@std/assert";
import { ApiError } from "../../../mod/adapters/kubernetes/api_error.ts";
import type { ApiRequest } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesNodeGates } from "../../../mod/adapters/kubernetes/node_gates.ts";
import type { NodeChange } from "../../../mod/ports/node_gates.ts";
import { never } from "../../harness/signals.ts";

const COLD = { key: "warm-images/cold", effect: "NoSchedule" };
const NODE = { name: "n1", uid: "u1", taints: [COLD] };
const GATES = [{ key: COLD.key }];
const WARM = { type: "WarmImagesReady", status: "True", reason: "Warm", message: "m" } as const;
const OTHER = { key: "other", effect: "NoExecute" };

/** An API server that answers every patch with this status, and has the node with these taints. */
class Refusing {
  readonly patches: unknown[] = [];
  reads = 0;

  constructor(
    readonly status: number,
    readonly taintsAt: (reads: number) => unknown = () => NODE.taints,
    readonly readStatus = 200,
  ) {}

  async request(path: string, { method = "GET", body }: ApiRequest): Promise<unknown> {
    await Promise.resolve();
    if (method === "PATCH") this.patches.push(body);
    else if (this.readStatus === 200) {
      const taints = this.taintsAt(++this.reads);
      return { kind: "Node", metadata: { name: "n1", uid: "u1" }, spec: { taints } };
    }
    const status = method === "PATCH" ? this.status : this.readStatus;
    throw new ApiError(`Cannot ${method} ${path}: ${status}`, status, "");
  }

  /** A clock that is a second later at every look. */
  get gates() {
    let nowMs = 0;
    return kubernetesNodeGates(this, { wallMs: () => nowMs += 1_000 });
  }

  lift(): Promise<NodeChange> {
    return this.gates.lift(NODE, GATES, { signal: never() });
  }

  setCondition(): Promise<NodeChange> {
    return this.gates.setCondition(NODE, WARM, { signal: never() });
  }
}

for (const status of [400, 403, 405, 413, 415]) {
  Deno.test(`what is refused with ${status} is not tried again`, async () => {
    const server = new Refusing(status);
    assertEquals((await server.lift()).result, "refused");
    assertEquals((await server.setCondition()).result, "refused");
    assertEquals([server.patches.length, server.reads], [2, 0]);
  });
}

for (const status of [401, 429, 500, 503, 504]) {
  Deno.test(`after a ${status} it is for the caller to try again`, async () => {
    const server = new Refusing(status);
    await assertRejects(() => server.lift(), ApiError);
    await assertRejects(() => server.setCondition(), ApiError);
    assertEquals([server.patches.length, server.reads], [2, 0]);
  });
}

Deno.test("a patch that never fits though the node is as it was is refused for another reason", async () => {
  for (const change of ["lift", "setCondition"] as const) {
    const server = new Refusing(422);
    const refused = await server[change]();
    assert(refused.result === "refused");
    assertEquals([server.patches.length, server.reads], [3, 2]);
  }
});

Deno.test("a node whose taints change all the time is left to the caller after three tries", async () => {
  for (const status of [409, 422]) {
    const server = new Refusing(status, (reads) => [...Array(reads).fill(OTHER), COLD]);
    await assertRejects(() => server.lift(), ApiError);
    const places = server.patches.map((patch) => (patch as { path: string }[]).at(-1)?.path);
    assertEquals(places, ["/spec/taints/0", "/spec/taints/1", "/spec/taints/2"]);
  }
});

Deno.test("a conflict alone is never held to be a refusal", async () => {
  const server = new Refusing(409);
  await assertRejects(() => server.lift(), ApiError);
  assertEquals(server.patches.length, 3);
});

Deno.test("who may patch but not read is told so, once something has changed", async () => {
  const refused = await new Refusing(422, undefined, 403).lift();
  assert(refused.result === "refused");
  assert(refused.why.includes("grant the verb get on nodes"), refused.why);
});

Deno.test("a node that is gone between two tries is gone", async () => {
  assertEquals(await new Refusing(422, undefined, 404).lift(), { result: "gone" });
});
