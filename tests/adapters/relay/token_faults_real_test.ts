import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { authorizationFor } from "../../../mod/adapters/relay/registries/authorization.ts";
import { NOBODY } from "../../../mod/adapters/relay/registries/identity.ts";
import { RotatedTokens } from "../../../mod/adapters/relay/registries/rotated_tokens.ts";
import { HostError } from "../../../mod/adapters/relay/registries/host_error.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import { waitUntil } from "../../harness/wait.ts";
import { failureOf, noAbort, openTestRegistries } from "./opened.ts";
import { startScriptedHost } from "./scripted_host.ts";

const MANIFEST = '{"mediaType":"application/vnd.oci.image.manifest.v1+json"}';

/** A registry that wants tokens of a service, which answers `answer()`. */
async function startGuarded(answer: () => Response | Promise<Response>) {
  await using starting = new AsyncDisposableStack();
  let revoked: string | undefined;
  const tokens = starting.use(await startScriptedHost(() => answer()));
  const header = `Bearer realm="${tokens.url}/token",scope="repository:team/app:pull"`;
  const host = starting.use(
    await startScriptedHost(({ headers }) => {
      const shown = headers.get("authorization");
      if (shown !== null && shown !== revoked) return new Response(MANIFEST);
      return new Response(null, { status: 401, headers: { "www-authenticate": header } });
    }),
  );
  const registries = starting.use(await openTestRegistries());
  const repository = await registries.open(`${host.address}/team/app:1`);
  const running = starting.move();
  return {
    tokens,
    ask: (signal = noAbort) => repository.manifest("GET", "1", { signal }),
    revoke: (authorization: string) => revoked = authorization,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

Deno.test("a token whose life is said to be impossible is used until it is refused", async () => {
  for (
    const life of ["0", "-300", "1e308", "1e999", "99999999999999999999", '"soon"', "null", "[]"]
  ) {
    let given = 0;
    await using guarded = await startGuarded(() =>
      new Response(`{"token":"t${++given}","expires_in":${life}}`)
    );
    await guarded.ask();
    await guarded.ask();
    assertEquals(given, 1, life);
    guarded.revoke("Bearer t1");
    await guarded.ask();
    await guarded.ask();
    assertEquals(given, 2, life);
  }
});

Deno.test("a token service that gives no token fails the pull, and is asked again by the next", async () => {
  const answers = ["", "{}", "[]", "null", '{"token":7}', '{"token":"a\\nb"}', "\x00\xff", "{"];
  for (const answer of answers) {
    let now = answer;
    await using guarded = await startGuarded(() => new Response(now));
    const { failure, detail } = await failureOf(guarded.ask());
    assertEquals(failure, "server_error", answer);
    assertStringIncludes(detail, `${guarded.tokens.address}, which gave none`);
    now = '{"access_token":"right"}';
    await guarded.ask();
  }
});

Deno.test("a token service that has moved is asked where it is now, once the old one has failed", async () => {
  using time = new FakeTime();
  let realm = "";
  const gone = await startScriptedHost(() => Response.json({ token: "old" }));
  await using moved = await startScriptedHost(() => Response.json({ token: "new" }));
  await using host = await startScriptedHost(({ headers }) => {
    const right = realm === gone.url ? "Bearer old" : "Bearer new";
    if (headers.get("authorization") === right) return new Response(MANIFEST);
    const challenge = `Bearer realm="${realm}/token"`;
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  });
  await using registries = await openTestRegistries({ clock: fakeClock() });
  const ask = async () => {
    const repository = await registries.open(`${host.address}/team/app:1`);
    return await repository.manifest("GET", "1", { signal: noAbort });
  };
  realm = gone.url;
  await ask();
  await gone[Symbol.asyncDispose]();
  realm = moved.url;
  time.tick(3_600_000);
  assertEquals((await failureOf(ask())).failure, "network");
  await ask();
  assertEquals(moved.seen.length, 1);
});

Deno.test("a token service that hangs holds nobody who has given up", async () => {
  const hanging = Promise.withResolvers<Response>();
  await using guarded = await startGuarded(() => hanging.promise);
  const leaving = new AbortController();
  const asked = assertRejects(() => guarded.ask(leaving.signal), Error, "enough");
  const waiting = guarded.ask();
  await waitUntil("the service is asked", () => guarded.tokens.seen.length === 1);
  leaving.abort(new Error("enough"));
  await asked;
  hanging.resolve(Response.json({ token: "late" }));
  await waiting; // and what comes late is good for whoever still waits
  assertEquals(guarded.tokens.seen.length, 1);
});

Deno.test("a token that comes byte by byte is given up, though each comes in time", async () => {
  using time = new FakeTime();
  const challenged = authorizationFor({
    header: 'Bearer realm="https://tokens.example/token"',
    origin: new URL("https://registry.example/v2/"),
    repository: "team/app",
    identity: NOBODY,
    masked: (text) => text,
    rotated: new RotatedTokens(),
    ask: () => Promise.resolve(new Response(drops())),
  });
  if (challenged === undefined || "failure" in challenged) throw new Error("It is no question");
  const refused = assertRejects(
    () => challenged.question(noAbort),
    HostError,
    "tokens.example, which gave none in time",
  );
  for (let second = 0; second < 70; second++) {
    await time.tickAsync(1000);
    await time.runMicrotasks();
  }
  await refused;
});

/** A byte each second, without end. */
function drops(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let timer: ReturnType<typeof setTimeout>;
  return new ReadableStream({
    pull: (controller) =>
      new Promise((resolve) => {
        timer = setTimeout(() => {
          controller.enqueue(new Uint8Array([32]));
          resolve();
        }, 1000);
      }),
    cancel: () => clearTimeout(timer),
  });
}
