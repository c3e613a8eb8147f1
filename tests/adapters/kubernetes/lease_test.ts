import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { alwaysLeading } from "../../../mod/adapters/always_leading.ts";
import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesLease, type LeaseTuning } from "../../../mod/adapters/kubernetes/lease.ts";
import type { Leadership } from "../../../mod/ports/leadership.ts";
import { FakeApiSession } from "../../harness/fakes/fake_api_session.ts";
import { type RecordingConditions, recordingConditions } from "../../harness/fakes/quiet.ts";
import { waitUntil } from "../../harness/wait.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/warm/leases";
const QUICK: LeaseTuning = {
  leaseMs: 1000,
  renewDeadlineMs: 600,
  retryMs: 100,
  requestTimeoutMs: 300,
};

Deno.test("of two contenders one leads, and the other at once when the first gives up", async () => {
  await using session = new FakeApiSession();
  await using first = contend(session, "first");
  await waitUntil("the first leads", () => first.leadership.leading());
  await using second = contend(session, "second", { leaseMs: 3_600_000 });
  await waitUntil(
    "the second stands by",
    () => session.logger.lines.some(({ fields }) => fields["holder"] === "first"),
  );
  assert(!second.leadership.leading());
  await first.stop();
  assert(!first.leadership.leading());
  await waitUntil("the second leads", () => second.leadership.leading());
  assertEquals(first.told, [true, false]);
  assertEquals(session.metrics.value("warm_images_leading"), 1);
});

Deno.test("a leader that is cut off stops before the other one starts", async () => {
  await using session = new FakeApiSession();
  const cut = cutOff(session.client);
  await using first = contend(session, "first", {}, cut.client);
  await waitUntil("the first leads", () => first.leadership.leading());
  let both = false;
  await using second = contend(session, "second", {}, session.client, (leading) => {
    both ||= leading && first.leadership.leading();
  });
  await delay(300);
  cut.cut();
  await waitUntil("the second leads", () => second.leadership.leading());
  assert(!both);
  assertEquals(first.told, [true, false]);
});

Deno.test("a holder whose clock is far ahead or behind keeps its lease while it renews", async () => {
  await using session = new FakeApiSession();
  const renew = (renewTime: string) => session.server.objects.put(LEASES, lease(renewTime));
  renew("1990-01-01T00:00:00.000000Z");
  await using second = contend(session, "second");
  for (let i = 1; i < 10; i++) {
    await delay(200);
    renew(`1990-01-01T00:00:00.00000${i}Z`);
    assert(!second.leadership.leading());
  }
  await waitUntil("nobody renews it any more", () => second.leadership.leading());
});

Deno.test("without the right to use leases it says what is missing, once, and tries on", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "get", times: 3 }, { type: "status", status: 403 });
  await using first = contend(session, "first");
  const condition = () => first.conditions.state.get("lease");
  await waitUntil("it says so", () => condition()?.reason?.startsWith("Cannot use") ?? false);
  assertEquals(condition()?.holds, false);
  await waitUntil("it leads", () => first.leadership.leading());
  assertEquals(condition(), { holds: true });
  await using second = contend(session, "second");
  await waitUntil("standing by is well too", () => {
    return second.conditions.state.get("lease")?.holds ?? false;
  });
  const warnings = session.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(warnings.map(({ message }) => message), [
    'Cannot use leases.coordination.k8s.io in namespace "warm": ' +
    "grant the verbs get, create and update",
  ]);
});

Deno.test("with manifests there is no election", async () => {
  const stop = new AbortController();
  const told: boolean[] = [];
  const leadership = alwaysLeading();
  const finished = leadership.follow({
    signal: stop.signal,
    changed: (leading) => told.push(leading),
  });
  assert(leadership.leading());
  stop.abort();
  await finished;
  assertEquals(told, [true]);
});

interface Contender extends AsyncDisposable {
  readonly leadership: Leadership;
  readonly conditions: RecordingConditions;
  readonly told: boolean[];
  stop(): Promise<void>;
}

function contend(
  session: FakeApiSession,
  identity: string,
  tuning: Partial<LeaseTuning> = {},
  client: KubernetesClient = session.client,
  changed: (leading: boolean) => void = () => {},
): Contender {
  const { logger, metrics } = session;
  const conditions = recordingConditions();
  const leadership = kubernetesLease(client, {
    ...{ name: "controller", namespace: "warm", identity, logger, conditions, metrics },
    tuning: { ...QUICK, ...tuning },
  });
  const controller = new AbortController();
  const told: boolean[] = [];
  const finished = leadership.follow({
    signal: controller.signal,
    changed: (leading) => {
      told.push(leading);
      changed(leading);
    },
  });
  const stop = async () => {
    controller.abort();
    await finished;
  };
  return { leadership, conditions, told, stop, [Symbol.asyncDispose]: stop };
}

/** A client whose calls get no answer any more, once it is told so. */
function cutOff(client: KubernetesClient): { client: KubernetesClient; cut: () => void } {
  let isCut = false;
  const request: KubernetesClient["request"] = async (path, options) => {
    if (!isCut) return await client.request(path, options);
    await delay(options.timeoutMs ?? 0, { signal: options.signal });
    throw new Error("No answer");
  };
  const { server, namespace } = client;
  const stream = client.stream.bind(client);
  return {
    client: { server, namespace, request, stream, [Symbol.dispose]: () => {} },
    cut: () => isCut = true,
  };
}

function lease(
  renewTime: string,
): { metadata: { name: string; namespace: string }; spec: unknown } {
  const metadata = { name: "controller", namespace: "warm" };
  return { metadata, spec: { holderIdentity: "other", leaseDurationSeconds: 1, renewTime } };
}
