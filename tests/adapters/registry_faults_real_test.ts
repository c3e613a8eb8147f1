import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { PullFailure, PullOutcome } from "../../mod/pure/pulls/pull_outcome.ts";
import { mapHost } from "../harness/servers/containerd.ts";
import type { FaultMode } from "../harness/servers/fault_mode.ts";
import { HERE, pushImage, pushIndex } from "../harness/images/images.ts";
import { waitUntil, within } from "../harness/wait.ts";
import { REGISTRY_LOGIN, startRegistry } from "../harness/servers/registry.ts";
import { realTest } from "../harness/servers/skipping.ts";
import {
  type ContainerdHarness,
  pairsForFaults,
  pairsOfEachLine,
  startContainerdHarness,
} from "./containerd/harness.ts";
import { never } from "../harness/signals.ts";
import { assertFailed } from "../harness/asserts.ts";

type Fault = readonly [mode: FaultMode, failure: PullFailure];

/** What the relay hears before ctr is started: it is the same on each containerd. */
const OF_MANIFESTS: readonly Fault[] = [
  [{ fault: "status", status: 401 }, "denied"],
  [{ fault: "status", status: 403 }, "denied"],
  [{ fault: "status", status: 404 }, "not_found"],
  [{ fault: "status", status: 429, retryAfterSeconds: 1 }, "rate_limited"],
  [{ fault: "status", status: 500 }, "server_error"],
  [{ fault: "hang" }, "stalled"],
];

/** What ctr hears of the relay. */
const OF_BLOBS: readonly Fault[] = [
  [{ fault: "status", status: 404, only: "blobs" }, "server_error"],
  [{ fault: "status", status: 429, only: "blobs" }, "rate_limited"],
  [{ fault: "status", status: 503, only: "blobs" }, "server_error"],
  [{ fault: "corrupt" }, "bad_content"],
  [{ fault: "reset", afterBytes: 0 }, "network"],
  [{ fault: "hang", only: "blobs" }, "stalled"],
  [{ fault: "stall", afterBytes: 100_000 }, "stalled"],
];

/** The machine that tests run on is no such thing. */
const elsewhere = { os: "linux", architecture: "s390x" };

const lines = await pairsOfEachLine();

for (const pair of lines) {
  for (const [mode, failure] of pair === lines[0] ? [...OF_MANIFESTS, ...OF_BLOBS] : OF_BLOBS) {
    realTest(
      `${pair.name} reports ${JSON.stringify(mode)} as ${failure}, then pulls`,
      pair.reason,
      async () => {
        // Long enough for the relay to try again, where trying again is of use.
        const pullIdleTimeoutMs = failure === "stalled" ? 1500 : 60_000;
        await using harness = await startContainerdHarness(pair, { pullIdleTimeoutMs });
        harness.front.mode = mode;
        assertFailed(await pull(harness, harness.image), failure);
        await assertPullsWhenHealed(harness);
      },
    );
  }
}

for (const pair of await pairsForFaults()) {
  // containerd 1.x makes a newer manifest of it.
  if (pair.version.startsWith("2.")) {
    realTest(`${pair.name} reports a manifest of schema 1 as invalid`, pair.reason, async () => {
      await using harness = await startContainerdHarness(pair);
      await using old = await serveSchema1();
      assertStringIncludes(assertFailed(await pull(harness, old.image), "invalid"), "anew");
    });
  }

  realTest(`${pair.name} reports an unknown digest as not_found`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    const byDigest = (digest: string) => `${harness.front.host}/test/app@${digest}`;
    const unknown = byDigest(`sha256:${"0".repeat(64)}`);
    assertFailed(await pull(harness, unknown), "not_found");
    assertEquals((await pull(harness, byDigest(harness.digest))).result, "pulled");
  });

  realTest(
    `${pair.name} reports an index without this platform as no_platform`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      const index = {
        repository: "test/index",
        tag: "1",
        layers: [{ name: "there", bytes: 10_000 }],
      };
      await pushIndex(harness.registry, {
        ...index,
        images: [{ platform: elsewhere, layers: index.layers }],
      });
      const reference = `${harness.front.host}/test/index:1`;
      assertFailed(await pull(harness, reference), "no_platform");
      const seen = await harness.runtime.check([reference], { signal: never() });
      assert(seen.get(reference)?.state !== "usable");
      await pushIndex(harness.registry, {
        ...index,
        images: [
          { platform: elsewhere, layers: index.layers },
          { platform: HERE, layers: index.layers },
        ],
      });
      assertEquals((await pull(harness, reference)).result, "pulled");
    },
  );

  realTest(
    `${pair.name} takes a single manifest of another platform, as kubelet does`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      await pushImage(harness.registry, {
        repository: "test/single",
        tag: "1",
        layers: [{ name: "single", bytes: 10_000 }],
        platform: elsewhere,
      });
      const reference = `${harness.front.host}/test/single:1`;
      assertEquals((await pull(harness, reference)).result, "pulled");
    },
  );
}

// What the relay hears before ctr is started.
for (const pair of lines.slice(0, 1)) {
  realTest(`${pair.name} reports a registry that refuses as network`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    await harness.front.refuse();
    assertStringIncludes(assertFailed(await pull(harness, harness.image), "network"), "refused");
    harness.front.accept();
    await assertPullsWhenHealed(harness);
  });

  realTest(`${pair.name} reports an unknown registry as network`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    assertFailed(await pull(harness, "registry.invalid/test/app:1"), "network");
  });

  realTest(`${pair.name} reports an untrusted certificate as network`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    await using secure = await startRegistry({ tls: true });
    await mapHost(harness.containerd.hostsDir, "registry.example", { url: secure.url });
    const detail = assertFailed(await pull(harness, "registry.example/test/app:1"), "network");
    assertStringIncludes(detail, "certificate of an unknown authority");
    assertStringIncludes(detail, "hosts.toml");
  });

  realTest(`${pair.name} reports a CA that is not there as network`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    const host = { url: "https://127.0.0.1:1", caFile: "/nowhere/own.pem" };
    await mapHost(harness.containerd.hostsDir, "registry.example", host);
    const detail = assertFailed(await pull(harness, "registry.example/test/app:1"), "network");
    assertStringIncludes(detail, "/nowhere/own.pem");
    assertStringIncludes(detail, "hosts folder");
  });

  realTest(`${pair.name} shows no secret of the hosts folder`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    await using closed = await startRegistry({ auth: REGISTRY_LOGIN });
    const image = { repository: "test/closed", tag: "1", layers: [{ name: "c", bytes: 1000 }] };
    await pushImage(closed, image);
    const host = { url: closed.url, authorization: "Basic d3Jvbmc6c2VjcmV0" };
    await mapHost(harness.containerd.hostsDir, "registry.example", host);
    const detail = assertFailed(await pull(harness, "registry.example/test/closed:1"), "denied");
    const shown = detail + JSON.stringify(harness.logger.lines);
    assert(!/d3Jvbmc|wrong:secret/.test(shown), shown);
    const { authorization = "" } = closed;
    await mapHost(harness.containerd.hostsDir, "registry.example", { ...host, authorization });
    assertEquals((await pull(harness, "registry.example/test/closed:1")).result, "pulled");
  });
}

function pull(harness: ContainerdHarness, reference: string): Promise<PullOutcome> {
  return within(harness.runtime.pull(reference, { signal: never() }));
}

/** A registry from before 2016. */
async function serveSchema1(): Promise<AsyncDisposable & { readonly image: string }> {
  const manifest = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 1,
    name: "test/old",
    tag: "1",
    fsLayers: [{ blobSum: `sha256:${"a".repeat(64)}` }],
    history: [{ v1Compatibility: "{}" }],
  }));
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", manifest)).toHex();
  const headers = {
    "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "content-length": `${manifest.length}`,
    "docker-content-digest": `sha256:${sha256}`,
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ method }) => new Response(method === "HEAD" ? null : manifest, { headers }),
  );
  return {
    image: `127.0.0.1:${server.addr.port}/test/old:1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Wrong bytes are forgotten within two seconds, everything else at once. */
async function assertPullsWhenHealed(harness: ContainerdHarness): Promise<void> {
  harness.front.mode = { fault: "none" };
  await waitUntil("the pull works", async () => {
    return (await pull(harness, harness.image)).result === "pulled";
  }, { everyMs: 500 });
  const seen = await harness.runtime.check([harness.image], { signal: never() });
  assertEquals(seen.get(harness.image)?.state, "usable");
}
