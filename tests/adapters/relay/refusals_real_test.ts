import { assert, assertStringIncludes } from "@std/assert";
import type { PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { freePort } from "../../harness/ports.ts";
import type {
  ScriptedFault,
  ScriptedRegistryOptions,
  ScriptedRequest,
} from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { waitUntil } from "../../harness/wait.ts";
import { LARGE, pairsForRelay, SMALL, startImages, startRelayedPulls } from "./relayed_pulls.ts";

/** Something that no relay can make good, and how it is told. */
interface Refusal {
  readonly what: string;
  readonly failure: PullFailure;
  /** Stands in what a person reads. */
  readonly says: string;
  readonly options?: ScriptedRegistryOptions;
  readonly script: (request: ScriptedRequest) => ScriptedFault | undefined;
}

const blobs = (fault: ScriptedFault) => ({ kind, target, method }: ScriptedRequest) =>
  kind !== "manifests" && method === "GET" && LAYERS.has(target) ? fault : undefined;

const manifests = (fault: ScriptedFault) => ({ kind }: ScriptedRequest) =>
  kind === "manifests" ? fault : undefined;

const LAYERS = new Set([...LARGE.layers, ...SMALL.layers].map(({ digest }) => digest));
const status = (status: number, headers: Readonly<Record<string, string>> = {}): ScriptedFault => ({
  fault: "status",
  status,
  headers,
});
const down = `127.0.0.1:${freePort()}`;

const REFUSALS: readonly Refusal[] = [
  {
    what: "wrong bytes",
    failure: "bad_content",
    says: "digest",
    script: blobs({ fault: "wrong_bytes" }),
  },
  {
    what: "a body that is packed once more",
    failure: "bad_content",
    says: "gzip",
    script: blobs({ fault: "encoded" }),
  },
  { what: "403 to its layers", failure: "denied", says: "403", script: blobs(status(403)) },
  { what: "404 to its layers", failure: "server_error", says: "404", script: blobs(status(404)) },
  { what: "500 to its layers", failure: "server_error", says: "500", script: blobs(status(500)) },
  {
    what: "429 with a long pause",
    failure: "rate_limited",
    says: "429",
    script: blobs(status(429, { "retry-after": "90" })),
  },
  {
    what: "429 to its manifest, with a date far off",
    failure: "rate_limited",
    says: "429",
    script: manifests(
      status(429, { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }),
    ),
  },
  {
    what: "a redirect to a host that is down",
    failure: "network",
    says: down,
    script: blobs({ fault: "redirect", status: 307, location: `http://${down}/storage/1` }),
  },
  {
    what: "redirects without end",
    failure: "server_error",
    says: "redirects",
    script: (request) =>
      LAYERS.has(request.target) || request.kind === "other"
        ? { fault: "redirect", status: 302, location: "/v2/again" }
        : undefined,
  },
  {
    what: "a connection that is cut before any byte",
    failure: "network",
    says: "connection to the registry broke",
    script: blobs({ fault: "reset", afterBytes: 0 }),
  },
  {
    what: "tokens that open nothing",
    failure: "denied",
    says: "401",
    options: { tokens: { uses: 0 } },
    script: () => undefined,
  },
  {
    what: "a token service that is out of order",
    failure: "server_error",
    says: "500",
    options: { tokens: {} },
    script: ({ kind }) => kind === "token" ? status(500) : undefined,
  },
];

for (const [at, pair] of (await pairsForRelay()).entries()) {
  realTest(
    `${pair.name}: a pull fails clearly, leaves nothing and works later, on`,
    pair.reason,
    async (t) => {
      await using pulls = await startRelayedPulls(pair);
      for (const [index, { what, failure, says, options, script }] of REFUSALS.entries()) {
        // Every second one is tried with the large image, on the next containerd the others.
        const size = (index + at) % 2 === 0 ? "large" : "small";
        await t.step(`${what}, ${size} image`, async () => {
          await using registry = await startImages(options);
          const reference = `${registry.host}/test/${size}:1`;
          registry.script = script;
          const detail = assertFailed(await pulls.pull(reference), failure);
          assertStringIncludes(detail, says);
          assert(registry.requests().length < 150, `${registry.requests().length} requests`);
          await pulls.assertNothingLeft(reference);
          if (failure === "rate_limited" || options !== undefined) return;
          registry.script = () => undefined;
          await waitUntil("it has healed", async () => {
            return (await pulls.pull(reference)).result === "pulled";
          }, { everyMs: 500 });
          await pulls.removeAll();
        });
      }
      await t.step("a registry that hangs", async () => {
        await using hung = await startRelayedPulls(pair, { pullIdleTimeoutMs: 2000 });
        await using registry = await startImages();
        const reference = `${registry.host}/test/large:1`;
        registry.script = blobs({ fault: "hang", afterBytes: 100_000 });
        assertStringIncludes(assertFailed(await hung.pull(reference), "stalled"), "No progress");
        await hung.assertNothingLeft(reference);
        await waitUntil(
          "the relay has let go of its connections",
          () => registry.requests().every(({ isOver }) => isOver),
        );
        registry.script = () => undefined;
        await hung.assertPulls(reference, LARGE);
      });
    },
  );
}
