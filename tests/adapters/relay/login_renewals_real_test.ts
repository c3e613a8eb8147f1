import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { RegistryLogin } from "../../../mod/pure/registry_logins/registry_login.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import {
  type CloudDialect,
  type CloudRegistry,
  type Keys,
  startCloudRegistry,
} from "./cloud_registry.ts";
import { type OpenPull, type ServedImage, servedImage, startLoginRelay } from "./login_registry.ts";
import {
  candidate,
  type ChangingSource,
  changingSource,
  passwordLogin,
  tokenLogin,
} from "./login_sources.ts";
import { keysOf, LOGIN_VECTORS } from "./login_vectors.ts";

const HOUR_MS = 3_600_000;

function dialectOf(name: string): CloudDialect {
  const vector = LOGIN_VECTORS.find((each) => each.name.startsWith(name));
  if (vector === undefined) throw new Error(`There is no vector "${name}"`);
  return vector.dialect;
}

interface LongPull extends AsyncDisposable {
  readonly registry: CloudRegistry;
  readonly source: ChangingSource;
  readonly image: ServedImage;
  readonly pull: OpenPull;
  /** Takes in what the registry takes from now on. */
  take(keys: Keys): void;
  /** The runtime gets the layer whole. */
  assertComes(): Promise<void>;
  /** Begins another one of the same image. */
  another(): Promise<OpenPull>;
}

/** A pull that has been looked up by `login`, at a registry that speaks `dialect`. */
async function startLongPull(
  dialect: CloudDialect,
  login: RegistryLogin,
  how: Parameters<typeof candidate>[1] = { as: "bytes" },
  /** What else opens the registry; "": nothing has to be shown. */
  others: readonly string[] = [],
): Promise<LongPull> {
  await using starting = new AsyncDisposableStack();
  const image = await servedImage(60_000);
  const registry = starting.use(
    await startCloudRegistry(dialect, image, {
      ...keysOf(login),
      authorizations: [...keysOf(login).authorizations, ...others],
    }),
  );
  const source = changingSource(login, "secret shop/regcred");
  const relay = starting.use(await startLoginRelay({ clock: fakeClock() }));
  const another = async () =>
    starting.use(await relay.pull(`${registry.address}/team/app:1`, [candidate(source, how)]));
  const pull = await another();
  const found = await pull.lookUp();
  assert(found.result === "found", JSON.stringify(found));
  const running = starting.move();
  return {
    registry,
    source,
    image,
    pull,
    take: (keys) => void Object.assign(registry.keys, { passwords: [] }, keys),
    async assertComes() {
      const { status, bytes } = await pull.fetch(`blobs/${image.layerDigest}`);
      assertEquals([status, bytes.length], [200, image.layer.length]);
      // where the layer is, is known by now; this the registry is asked for
      assertEquals((await pull.fetch("manifests/again")).status, 200);
    },
    async another() {
      const pull = await relay.pull(`${registry.address}/team/app:1`, [candidate(source, how)]);
      return running.use(pull);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

Deno.test("an ECR password that ends in the middle of a pull is replaced, and not shown again", async () => {
  using time = new FakeTime();
  await using pulled = await startLongPull(dialectOf("ECR"), passwordLogin("AWS", "day-1"));
  const { source, registry } = pulled;
  time.tick(12 * HOUR_MS);
  const next = passwordLogin("AWS", "day-2");
  const before = source.login;
  pulled.take(keysOf(next));
  source.login = next;
  await pulled.assertComes();
  assertEquals(source.asked.at(-1), before);
  const shown = registry.shown.length;
  await pulled.assertComes();
  const late = registry.shown.slice(shown).map(({ request }) =>
    request.headers.get("authorization")
  );
  assertEquals(new Set(late.filter((each) => each !== null)), new Set(keysOf(next).authorizations));
});

Deno.test("many parts that are refused at once ask for one new login", async () => {
  using _time = new FakeTime();
  await using pulled = await startLongPull(dialectOf("ECR"), passwordLogin("AWS", "day-1"));
  const { source, registry, image } = pulled;
  const next = passwordLogin("AWS", "day-2");
  pulled.take(keysOf(next));
  source.login = next;
  const asked = source.asked.length;
  const some = Array.from({ length: 6 }, () => pulled.pull.fetch(`blobs/${image.layerDigest}`));
  assertEquals((await Promise.all(some)).map(({ status }) => status), [
    200,
    200,
    200,
    200,
    200,
    200,
  ]);
  assertEquals(source.asked.length - asked, 1);
  assertEquals(registry.keys.authorizations, keysOf(next).authorizations);
});

Deno.test("each new token is asked for by the login as it is then", async () => {
  using time = new FakeTime();
  await using pulled = await startLongPull(dialectOf("Harbor"), passwordLogin("robot$a", "old"));
  const { source, registry } = pulled;
  for (let hour = 1; hour <= 3; hour++) {
    time.tick(HOUR_MS);
    registry.revoke();
    source.login = passwordLogin("robot$a", `of hour ${hour}`);
    pulled.take(keysOf(source.login));
    await pulled.assertComes();
    // the secret had been rotated before the old login could be refused
    assertEquals(source.asked.at(-1), undefined, `hour ${hour}`);
  }
});

Deno.test("a token that is revoked is renewed by the same login", async () => {
  using _time = new FakeTime();
  await using pulled = await startLongPull(dialectOf("Harbor"), passwordLogin("robot$a", "good"));
  pulled.registry.revoke();
  await pulled.assertComes();
  assertEquals(pulled.source.asked.filter((each) => each !== undefined), []);
});

Deno.test("a login that its token service refuses is asked for anew", async () => {
  for (const name of ["Harbor", "GitLab", "Docker Hub, by an access"]) {
    using _time = new FakeTime();
    await using pulled = await startLongPull(dialectOf(name), passwordLogin("u", "old"));
    const { source, registry } = pulled;
    const old = source.login;
    const next = passwordLogin("u", "new");
    const find = source.find.bind(source);
    // the source does not know of it before it is told
    source.find = (options) => {
      if (options.refused !== undefined) source.login = next;
      return find(options);
    };
    pulled.take(keysOf(next));
    registry.revoke();
    await pulled.assertComes();
    assertEquals(source.asked.filter((each) => each !== undefined), [old], name);
  }
});

Deno.test("a pull fails whose login has ended, where there is no other", async () => {
  for (const name of ["ECR", "Harbor", "Docker Hub, by an access"]) {
    using _time = new FakeTime();
    await using pulled = await startLongPull(dialectOf(name), passwordLogin("u", "old"));
    pulled.take({ authorizations: [], identities: [] });
    pulled.registry.revoke();
    const { status } = await pulled.pull.fetch(`blobs/${pulled.image.layerDigest}`);
    assert(status === 401 || status === 403, `${name}: ${status}`);
    const { failure } = pulled.pull.relayed.traffic;
    assertEquals(failure?.failure, "denied", name);
    assertStringIncludes(failure?.detail ?? "", pulled.registry.address);
  }
});

Deno.test("a pull fails whose login is taken away, and does not say that it was refused", async () => {
  using time = new FakeTime();
  await using pulled = await startLongPull(dialectOf("Harbor"), passwordLogin("u", "p"));
  const { source, registry, pull, image } = pulled;
  source.login = undefined;
  time.tick(HOUR_MS);
  registry.revoke();
  assertEquals((await pull.fetch(`blobs/${image.layerDigest}`)).status, 401);
  const { failure } = pull.relayed.traffic;
  assertEquals(failure?.failure, "denied");
  assertStringIncludes(failure?.detail ?? "", "asks for a login, and there is none any more (401)");
});

Deno.test("a token of the registry that has ended is replaced by another", async () => {
  using _time = new FakeTime();
  const dialect = dialectOf("a token of the registry");
  await using pulled = await startLongPull(dialect, tokenLogin("bearer", "first"));
  pulled.source.login = tokenLogin("bearer", "second");
  pulled.take(keysOf(pulled.source.login));
  await pulled.assertComes();
});

Deno.test("an identity token that was replaced is shown as what replaced it, by later pulls too", async () => {
  using time = new FakeTime();
  const dialect = dialectOf("ACR, by an identity");
  await using pulled = await startLongPull(dialect, tokenLogin("identity", "one"));
  const { registry } = pulled;
  const shownLast = () => registry.shown.findLast(({ form }) => form)?.form?.get("refresh_token");
  registry.extra = { "refresh_token": "two" };
  time.tick(HOUR_MS);
  registry.revoke();
  await pulled.assertComes();
  assertEquals(shownLast(), "one");
  pulled.take({ authorizations: [], identities: ["two"] });
  registry.extra = {};
  time.tick(HOUR_MS);
  registry.revoke();
  await pulled.assertComes();
  assertEquals(shownLast(), "two");
  const later = await pulled.another();
  assertEquals((await later.lookUp()).result, "found");
  assertEquals(shownLast(), "two");
  // and where that is over, the login's own is tried before it is given up
  pulled.take({ authorizations: [], identities: ["one"] });
  assertEquals((await (await pulled.another()).lookUp()).result, "found");
  assertEquals(shownLast(), "one");
});

Deno.test("a public image whose login ends in the middle goes on without it", async () => {
  using time = new FakeTime();
  const how = { as: "bytes", forPublic: true } as const;
  const login = passwordLogin("u", "old");
  await using pulled = await startLongPull(dialectOf("Harbor"), login, how, [""]);
  const { registry } = pulled;
  pulled.take({ authorizations: [""], identities: [] });
  time.tick(HOUR_MS);
  registry.revoke();
  await pulled.assertComes();
  const asked = registry.shown.filter(({ host, request }) =>
    host === "registry" && request.headers.has("authorization")
  );
  assert(asked.length > 0);
  const [tokenless] = registry.shown.filter(({ request }) => request.target.startsWith("/service"))
    .slice(-1);
  assertEquals(tokenless?.request.headers.get("authorization"), null);
});
