import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ApiError } from "../../../mod/adapters/kubernetes/api_error.ts";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { DeadlineError } from "../../../mod/async/deadline.ts";
import { DEPLOYMENTS, FakeApiSession } from "../../harness/fakes/fake_api_session.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { writeKubeconfig } from "../../harness/servers/kubeconfig.ts";
import { never } from "../../harness/signals.ts";

const PATH = `${DEPLOYMENTS.path}?limit=1`;

Deno.test("a call ends at its deadline, and says what it waited for", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list" }, { type: "hang" });
  const signal = never();
  await assertRejects(
    () => session.client.request(PATH, { signal, timeoutMs: 100 }),
    DeadlineError,
    "Timed out after 0.1 s waiting for GET /apis/apps/v1/deployments?limit=1",
  );
});

Deno.test("a call that is aborted throws the signal's own reason", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list" }, { type: "hang" });
  const reason = new Error("shutting down");
  const stop = new AbortController();
  const call = session.client.request(PATH, { signal: stop.signal });
  stop.abort(reason);
  assertEquals(await assertRejects(() => call), reason);
});

Deno.test("a failed answer becomes an ApiError with status, reason and Retry-After", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list" }, {
    ...{ type: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 7 },
  });
  const signal = never();
  const error = await assertRejects(() => session.client.request(PATH, { signal }), ApiError);
  assertEquals([error.status, error.reason, error.retryAfterMs], [429, "TooManyRequests", 7000]);
});

Deno.test("a token is trimmed, and never part of an error", async () => {
  await using session = new FakeApiSession();
  session.server.token = "other";
  const signal = never();
  const error = await assertRejects(() => session.client.request(PATH, { signal }), ApiError);
  assertEquals(session.server.requests.map(({ authorization }) => authorization), [
    ...["Bearer first", "Bearer first"],
  ]);
  assert(!JSON.stringify([error, String(error), session.logger.lines]).includes("first"));
});

Deno.test("a kubeconfig that asks for what cannot be done is refused with the reason", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kubeconfig = `${folder}/config`;
    const open = () => openKubernetes({ kubeconfig, logger: recordingLogger() });
    assertThrows(open, Error, `Cannot read kubeconfig "${kubeconfig}": `);
    await Deno.writeTextFile(kubeconfig, "clusters: [");
    assertThrows(open, Error, `Cannot read kubeconfig "${kubeconfig}": `);
    await Deno.writeTextFile(kubeconfig, "{}");
    assertThrows(open, Error, "names no context with a cluster and a user");
    const refused = async (cluster: Record<string, unknown>, server: string, why: string) => {
      await writeKubeconfig(kubeconfig, { server, user: { token: "x" }, cluster });
      assertThrows(open, Error, `Cannot use cluster "test" of the kubeconfig: ${why}`);
    };
    const server = "https://127.0.0.1:1";
    const insecure = { "insecure-skip-tls-verify": true };
    await refused(insecure, server, "insecure-skip-tls-verify is not supported");
    await refused({ "tls-server-name": "api" }, server, "tls-server-name is not supported");
    await refused({}, "here", 'its server "here" is not a URL');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
