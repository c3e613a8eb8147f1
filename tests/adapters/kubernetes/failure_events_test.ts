import { assert, assertEquals, assertRejects } from "@std/assert";
import { ApiError } from "../../../mod/adapters/kubernetes/api_error.ts";
import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { failureEvents } from "../../../mod/adapters/kubernetes/failure_events.ts";
import { targetOf } from "../../../mod/adapters/kubernetes/kind_target.ts";
import { BUILT_IN_KINDS } from "../../../mod/pure/objects/kinds.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import { never } from "../../harness/signals.ts";

/** Answers the question for the object, and refuses every Event with this status. */
function refusing(status: number): Pick<KubernetesClient, "request"> {
  return {
    request: (_, { method = "GET" }) =>
      method === "GET"
        ? Promise.resolve({ metadata: { uid: "u" } })
        : Promise.reject(new ApiError(`Cannot ${method}: ${status}`, status, "")),
  };
}

function record(status: number) {
  const targetOfKind = (kind: string) => {
    const row = BUILT_IN_KINDS.find((each) => each.kind === kind);
    return row && targetOf(row);
  };
  const client = refusing(status) as KubernetesClient;
  const options = { targetOf: targetOfKind, identity: "c-0", clock: fakeClock() };
  const object = { kind: "Deployment", namespace: "shop", name: "web" };
  return failureEvents(client, options)
    .record({ object, image: "r/app:1", message: "told", count: 1 }, { signal: never() });
}

for (const status of [400, 422]) {
  Deno.test(`what the API server takes for wrong (${status}) is not tried again and again`, async () => {
    const recorded = await record(status);
    assert(recorded.result === "refused");
    assertEquals(recorded.why, `Cannot POST: ${status}`);
  });
}

for (const status of [429, 500, 503]) {
  Deno.test(`what may pass (${status}) is thrown, for another try`, async () => {
    await assertRejects(() => record(status), ApiError);
  });
}

Deno.test("a namespace that is gone is no trouble", async () => {
  assertEquals(await record(404), { result: "gone" });
});
