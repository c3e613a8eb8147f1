import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { alwaysLeading } from "../../../mod/adapters/always_leading.ts";
import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesLease, type LeaseTuning } from "../../../mod/adapters/kubernetes/lease.ts";
import { delay } from "../../../mod/async/delay.ts";
import type { Leadership } from "../../../mod/ports/leadership.ts";
import { type FakeClock, fakeClock } from "../../harness/fakes/fake_clock.ts";
import { advance, advanceUntil } from "../../harness/fakes/fake_time.ts";
import { MemoryApiClient } from "../../harness/fakes/memory_api_client.ts";
import {
  type RecordingConditions,
  recordingConditions,
  type RecordingLogger,
  recordingLogger,
} from "../../harness/fakes/quiet.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/warm/leases";

/** Within this time a contender makes its next attempt, in ms. */
const ATTEMPT_MS = 2500;

Deno.test("of two contenders one leads, and the other at once when the first gives up", async () => {
  using time = new FakeTime();
  const client = new MemoryApiClient();
  await using first = contend(time, client, "first");
  await advance(time, 0);
  assert(first.leadership.leading());
  await using second = contend(time, client, "second", { leaseMs: 3_600_000 });
  await advance(time, 60_000);
  assert(!second.leadership.leading());
  assertEquals(second.logger.lines.map(({ fields }) => fields), [{ holder: "first" }]);
  await first.stop();
  assert(!first.leadership.leading());
  await advance(time, ATTEMPT_MS);
  assert(second.leadership.leading());
  assertEquals(first.told, [true, false]);
  assertEquals(second.told, [true]);
});

Deno.test("a leader that is cut off stops before the other one starts", async () => {
  using time = new FakeTime();
  const client = new MemoryApiClient();
  const cut = cutOff(client);
  await using first = contend(time, cut.client, "first");
  await advance(time, 0);
  assert(first.leadership.leading());
  await using second = contend(time, client, "second");
  await advance(time, 60_000);
  cut.cut("silent");
  const changes: string[] = [];
  first.changed = (leading) => changes.push(`first: ${leading}`);
  second.changed = (leading) => {
    changes.push(`second: ${leading}`);
    assert(!first.leadership.leading());
  };
  await advance(time, 30_000);
  assertEquals(changes, ["first: false", "second: true"]);
  assert(second.leadership.leading());
  assertEquals(first.told, [true, false]);
});

for (const how of ["silent", "refused"] as const) {
  Deno.test(`a leader that is cut off (${how}) says so at its deadline`, async () => {
    using time = new FakeTime();
    const cut = cutOff(new MemoryApiClient());
    await using first = contend(time, cut.client, "first");
    await advance(time, 0);
    cut.cut(how);
    await advance(time, 9_900);
    assertEquals([first.leadership.leading(), first.told], [true, [true]]);
    cut.cut("silent"); // a request that begins now would end long after the deadline
    await advance(time, 101);
    assertEquals([first.leadership.leading(), first.told], [false, [true, false]]);
  });
}

Deno.test("a holder whose clock is far ahead or behind keeps its lease while it renews", async () => {
  using time = new FakeTime();
  const client = new MemoryApiClient();
  const renew = (renewTime: string) => client.objects.put(LEASES, lease(renewTime));
  renew("1990-01-01T00:00:00.000000Z");
  await using second = contend(time, client, "second");
  for (let i = 1; i < 10; i++) {
    await advance(time, 10_000);
    renew(`${i % 2 === 0 ? 1990 : 2090}-01-01T00:00:00.00000${i}Z`);
    assert(!second.leadership.leading());
  }
  await advance(time, 15_000 + ATTEMPT_MS);
  assert(second.leadership.leading(), "nobody renews it any more");
});

Deno.test("without the right to use leases it says what is missing, once, and tries on", async () => {
  using time = new FakeTime();
  const client = new MemoryApiClient();
  client.refuse(403, 3);
  await using first = contend(time, client, "first");
  const condition = () => first.conditions.state.get("lease");
  await advance(time, 0);
  const reason = 'Cannot use leases.coordination.k8s.io in namespace "warm": ' +
    "grant the verbs get, create and update";
  assertEquals(condition(), { holds: false, reason });
  await advance(time, 3 * ATTEMPT_MS);
  assert(first.leadership.leading());
  assertEquals(condition(), { holds: true });
  await using second = contend(time, client, "second");
  await advance(time, 0);
  assertEquals(second.conditions.state.get("lease"), { holds: true }, "standing by is well too");
  const lines = [...first.logger.lines, ...second.logger.lines];
  const warnings = lines.filter(({ level }) => level === "warn");
  assertEquals(warnings.map(({ message }) => message), [reason]);
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

Deno.test("who leads goes on leading, however the clocks are set, and no other takes over", async () => {
  using time = new FakeTime();
  const client = new MemoryApiClient();
  await using first = contend(time, client, "first");
  await advance(time, 0);
  await using second = contend(time, client, "second");
  for (const hours of [-3, 3, -504, 504]) {
    for (const { clock } of [first, second]) clock.step(hours * 3_600_000);
    await advance(time, 60_000);
  }
  second.clock.step(-504 * 3_600_000);
  await advance(time, 60_000);
  assertEquals([first.told, second.told], [[true], []]);
});

interface Contender extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly leadership: Leadership;
  readonly conditions: RecordingConditions;
  readonly logger: RecordingLogger;
  /** What it was told of its leadership, in order. */
  readonly told: boolean[];
  /** Called each time that it is told. */
  changed: (leading: boolean) => void;
  stop(): Promise<void>;
}

/** Takes part in the election in fake time, by the default times where `tuning` has no others. */
function contend(
  time: FakeTime,
  client: KubernetesClient,
  identity: string,
  tuning: Partial<LeaseTuning> = {},
): Contender {
  const conditions = recordingConditions();
  const logger = recordingLogger();
  const clock = fakeClock();
  const leadership = kubernetesLease(client, {
    ...{ name: "controller", namespace: "warm", identity, logger, conditions },
    ...{ clock, random: () => 0.5, tuning },
  });
  const controller = new AbortController();
  const finished = leadership.follow({
    signal: controller.signal,
    changed: (leading) => {
      contender.told.push(leading);
      contender.changed(leading);
    },
  });
  const stop = async () => {
    controller.abort();
    await advanceUntil(time, finished);
  };
  const contender: Contender = {
    ...{ clock, leadership, conditions, logger, told: [], changed: () => {}, stop },
    [Symbol.asyncDispose]: stop,
  };
  return contender;
}

/** A client whose calls fail once it is told so: at once when `refused`, late when `silent`. */
function cutOff(
  client: KubernetesClient,
): { client: KubernetesClient; cut: (how: "silent" | "refused") => void } {
  let how: "connected" | "silent" | "refused" = "connected";
  const request: KubernetesClient["request"] = async (path, options) => {
    if (how === "connected") return await client.request(path, options);
    if (how === "silent") await delay(options.timeoutMs ?? 0, { signal: options.signal });
    throw new Error("No answer");
  };
  const { server, namespace } = client;
  const stream = client.stream.bind(client);
  const requestChanged = client.requestChanged.bind(client);
  return {
    client: { server, namespace, request, requestChanged, stream, [Symbol.dispose]: () => {} },
    cut: (now) => how = now,
  };
}

function lease(
  renewTime: string,
): { metadata: { name: string; namespace: string }; spec: unknown } {
  const metadata = { name: "controller", namespace: "warm" };
  return { metadata, spec: { holderIdentity: "other", leaseDurationSeconds: 1, renewTime } };
}
