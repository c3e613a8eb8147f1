// What an agent takes of the bucket as logins, in fake time and without a controller.
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { LoginTaker } from "../../mod/flow/login_taker.ts";
import { nodeKeyKey, sealedPrefix, SEALER_KEY } from "../../mod/pure/bucket/sealed_keys.ts";
import { decodeNodeKey } from "../../mod/pure/bucket/sealed_wire.ts";
import { boundTo } from "../../mod/pure/sealed_logins/bound_to.ts";
import { fakeClock } from "../harness/fakes/fake_clock.ts";
import { advance, runPending } from "../harness/fakes/fake_time.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { plainSealing } from "../harness/fakes/plain_sealing.ts";
import { recordings } from "../harness/fakes/quiet.ts";

const NODE = { name: "n1", uid: "uid-1" };
const SECRET = { namespace: "shop", name: "regcred" };
const IMAGE = "reg.lab/shop/app:1";
const MINUTE = 60_000;

Deno.test("a login that is given anew stands in for the one before it, without a gap", async () => {
  using time = new FakeTime();
  await using agent = await taking(time);
  await agent.give({ password: "one" });
  const source = agent.source();
  assertEquals(await agent.password(source), "one");
  await advance(time, 9 * MINUTE);
  await agent.give({ password: "two" });
  await advance(time, 9 * MINUTE);
  assertEquals(await agent.password(source), "two", "of the pull that began with the first");
  assertEquals(agent.changed, [IMAGE, IMAGE]);
  await advance(time, 2 * MINUTE);
  assertEquals(await agent.password(), undefined);
});

const USELESS: Record<string, Partial<Given>> = {
  "is for the key of another agent": { to: "SHA256:another" },
  "is for another node": { uid: "uid-2" },
  "holds no logins": { plain: "{" },
  "has expired before it came": { lifetimeMs: 0 },
  "ends before it begins": { lifetimeMs: -1 },
  "has times that are none": { expires: "tomorrow" },
  "is no value": { text: "garbage" },
};
for (const [what, given] of Object.entries(USELESS)) {
  Deno.test(`in the middle of a pull one that ${what} leaves the one before it in force`, async () => {
    using time = new FakeTime();
    await using agent = await taking(time);
    await agent.give({ password: "one" });
    const source = agent.source();
    await agent.give({ password: "two", ...given });
    assertEquals(await agent.password(source), "one");
    await agent.give({ password: "two", ...given });
    assertEquals([await agent.password(source), agent.changed], ["one", [IMAGE]]);
    await advance(time, 11 * MINUTE);
    assertEquals(await agent.password(), undefined, "for as long as that was given");
  });
}

Deno.test("hundreds of logins are taken, and of those that nobody can open few lines are logged", async () => {
  using time = new FakeTime();
  await using agent = await taking(time);
  for (let at = 0; at < 300; at++) {
    const image = `reg.lab/shop/app:${at}`;
    await agent.put(`ok-${at}`, { image, password: "good" });
    await agent.put(`bad-${at}`, { image, password: "bad", plain: "{" });
  }
  await advance(time, 1_000);
  assertEquals(agent.changed.length, 300);
  assertEquals(agent.taker.of("reg.lab/shop/app:7", [SECRET]).length, 1);
  const refused = agent.metrics.total("warm_images_taken_logins_total", { result: "refused" });
  assertEquals(refused, 300);
  assert(agent.logger.lines.length < 10, `${agent.logger.lines.length} lines`);
});

Deno.test("what comes before the node is known is opened once it is", async () => {
  using time = new FakeTime();
  const node: { uid?: string } = {};
  await using agent = await taking(time, () => node.uid);
  await agent.give({ password: "one" });
  assertEquals(await agent.password(), undefined);
  node.uid = NODE.uid;
  await advance(time, 1_000);
  assertEquals([await agent.password(), agent.changed], ["one", [IMAGE]]);
});

Deno.test("a controller's key that changes each second is answered rarely, and the last one at last", async () => {
  using time = new FakeTime();
  await using agent = await taking(time);
  let shown = 0;
  let before: string | undefined;
  for (let second = 0; second < 60; second++) {
    await agent.sealer(`controller-${second}`);
    await advance(time, 1_000);
    const now = agent.bucket.values.get(nodeKeyKey(NODE.name));
    if (now !== before) shown++;
    before = now;
  }
  assert(shown > 5 && shown < 15, `shown ${shown} times`);
  await advance(time, 10_000);
  const key = decodeNodeKey(agent.bucket.values.get(nodeKeyKey(NODE.name)) ?? "");
  assertEquals("value" in key && key.value.sealer, "controller-59");
});

interface Given {
  readonly image: string;
  readonly password: string;
  readonly uid: string;
  readonly to: string;
  readonly lifetimeMs: number;
  readonly expires: string;
  /** What is encrypted. */
  readonly plain: string;
  /** What stands in the bucket. */
  readonly text: string;
}

async function taking(time: FakeTime, nodeUid: () => string | undefined = () => NODE.uid) {
  const bucket = memoryStore();
  const sealing = plainSealing();
  const recorded = recordings();
  const stop = new AbortController();
  const changed: string[] = [];
  const taker = new LoginTaker({
    ...recorded,
    store: bucket.another(),
    sealing,
    proof: { type: "token", read: () => Promise.resolve("token") },
    clock: fakeClock(),
    random: () => 0.5,
  }, NODE.name);
  const following = taker.follow({
    signal: stop.signal,
    nodeUid,
    changed: (reference) => changed.push(reference),
  });
  await runPending(time);
  const write = (key: string, text: string) => bucket.put(key, text, { signal: stop.signal });
  const put = async (id: string, given: Partial<Given>) => {
    const { image = IMAGE, password, uid = NODE.uid, lifetimeMs = 10 * MINUTE } = given;
    const value = {
      v: 1 as const,
      image,
      namespace: SECRET.namespace,
      secret: SECRET.name,
      version: "1",
      at: new Date().toISOString(),
      expires: given.expires ?? new Date(Date.now() + lifetimeMs).toISOString(),
      to: given.to ?? "SHA256:public-1",
    };
    const login = { type: "password", username: "shop", password };
    const plain = given.plain ?? JSON.stringify({ v: 1, logins: [login] });
    const box = await sealing.seal("public-1", plain, boundTo({ name: NODE.name, uid }, value));
    const text = given.text ?? JSON.stringify({ ...value, box });
    await write(`${sealedPrefix(NODE.name)}${id}`, text);
  };
  return {
    ...recorded,
    bucket,
    taker,
    changed,
    put,
    async give(given: Partial<Given>) {
      await put("one", given);
      await advance(time, 100);
    },
    source: () => taker.of(IMAGE, [SECRET])[0],
    async password(source = taker.of(IMAGE, [SECRET])[0]) {
      const login = await source?.find({ signal: stop.signal });
      return login?.type === "password" ? login.password.reveal() : undefined;
    },
    sealer: (publicKey: string) => write(SEALER_KEY, JSON.stringify({ v: 1, publicKey })),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
    },
  };
}
