import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { LoginCandidate } from "../../../mod/ports/registry_logins.ts";
import { SecretText } from "../../../mod/pure/registry_logins/secret_text.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { startLoginRegistry } from "../../harness/servers/login_registry.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { listed, pairsForBytes, presenceOf, startBytesHarness } from "./bytes_harness.ts";
import { startContainerdHarness } from "./harness.ts";

const PASSWORD = "canary-that-nobody-may-read";
const LOGIN = { username: "shop", password: PASSWORD };

for (const pair of await pairsForBytes()) {
  realTest(
    `${pair.name}: what a login alone opens is kept as that login says, and no ctr sees it`,
    pair.reason,
    async () => {
      const ctrLog = await Deno.makeTempFile({ prefix: "warm-images-ctr-" });
      try {
        await using harness = await startContainerdHarness(pair, { ctrLog });
        await using closed = startLoginRegistry({ upstream: harness.registry.host, login: LOGIN });
        const { runtime, containerd } = harness;
        const image = `${closed.host}/test/app:1`;
        const pull = (...logins: LoginCandidate[]) =>
          within(runtime.pull(image, { signal: never(), logins }));
        assertFailed(await pull(), "denied");
        const bytes = await pull(candidate("bytes"));
        assert(bytes.result === "pulled", JSON.stringify(bytes));
        assertEquals(bytes.as, "bytes");
        using kubelet = openCriClient(containerd.address);
        assertEquals(await kubelet.list(), []);

        closed.forgetRequests();
        const open = await pull(candidate("image"));
        assert(open.result === "pulled", JSON.stringify(open));
        assertEquals(open.as, undefined);
        const blobs = closed.requests().filter(({ path }) => path.includes("/blobs/"));
        assertEquals(blobs, [], "what is kept as bytes is not fetched again");
        assertEquals((await kubelet.list()).length, 1);
        const told = await Deno.readTextFile(ctrLog) + JSON.stringify(harness.logger.lines);
        assertStringIncludes(told, "content fetch");
        assertEquals(
          [PASSWORD, btoa(`shop:${PASSWORD}`)].filter((each) => told.includes(each)),
          [],
        );
      } finally {
        await Deno.remove(ctrLog);
      }
    },
  );
}

realTest("without the relay no login is used, and the failure says so", undefined, async () => {
  const [pair] = await pairsForBytes();
  if (pair === undefined || pair.reason !== undefined) return;
  await using harness = await startContainerdHarness(pair, { withRelay: false });
  await using closed = startLoginRegistry({ upstream: harness.registry.host, login: LOGIN });
  const outcome = await within(harness.runtime.pull(`${closed.host}/test/app:1`, {
    signal: never(),
    logins: [candidate("bytes")],
  }));
  assertFailed(outcome, "denied");
  assert(outcome.result === "failed");
  assertEquals(outcome.direct, "--relay is off");
  assertEquals(closed.requests().filter(({ loggedIn }) => loggedIn), []);
});

realTest("bytes are not kept among images that pods may use", undefined, async () => {
  const [pair] = await pairsForBytes();
  if (pair === undefined || pair.reason !== undefined) return;
  await using harness = await startBytesHarness(pair, { namespace: "warm-images" });
  const { runtime, containerd, image } = harness;
  assertEquals(runtime.bytes, undefined);
  const detail = assertFailed(
    await within(runtime.pull(image, { signal: never() })),
    "denied",
  );
  assertStringIncludes(detail, "--containerd-namespace warm-images");
  assertEquals(await presenceOf(runtime, image), { state: "absent" });
  assertEquals(await listed(containerd, "images", "ls", "-q"), []);
});

function candidate(as: "image" | "bytes"): LoginCandidate {
  const password = new SecretText(PASSWORD);
  return {
    from: "secret shop/regcred",
    as,
    find: () => Promise.resolve({ type: "password", username: LOGIN.username, password }),
  };
}
