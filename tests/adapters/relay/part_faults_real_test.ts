import { assert } from "@std/assert";
import { realTest } from "../../harness/servers/skipping.ts";
import type {
  Script,
  ScriptedFault,
  ScriptedRegistry,
  ScriptedRegistryOptions,
  ScriptedRequest,
} from "../../harness/servers/scripted_registry.ts";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { LARGE, pairsForRelay, startImages, startRelayedPulls } from "./relayed_pulls.ts";

/** Something that goes wrong with parts of a large layer, and yet the image gets there. */
interface PartFault {
  readonly what: string;
  readonly options?: ScriptedRegistryOptions;
  readonly script?: (registry: ScriptedRegistry) => Script;
  /** Tried on one containerd alone, as it takes seconds: the relay waits for 10 s when one hangs. */
  readonly isSlow?: boolean;
  /** How the fault shows, where it is not in the script: this status, so often at least. */
  readonly shows?: { readonly status: number; readonly times: number };
  /** What must be seen besides. */
  readonly seen?: (requests: readonly ScriptedRequest[]) => void;
}

const [LAYER] = LARGE.layers;
assert(LAYER !== undefined);

const isPart = ({ target, method }: ScriptedRequest) => target === LAYER.digest && method === "GET";

/** The fault hits the first request for each part that is asked for. */
function firstTryOf(
  fault: ScriptedFault,
  which: (order: number) => boolean = () => true,
): () => Script {
  return () => {
    const tried = new Map<number, number>();
    return (request) => {
      if (!isPart(request)) return undefined;
      const { from = 0 } = request.range ?? {};
      if (tried.has(from)) return undefined;
      tried.set(from, tried.size);
      return which(tried.size - 1) ? fault : undefined;
    };
  };
}

const every = (n: number) => (order: number) => order % n === n - 1;
const only = (n: number) => (order: number) => order === n;
/** After the first few, so that parts are under way. */
const once = only(6);

const FAULTS: readonly PartFault[] = [
  { what: "nothing", seen: overSeveralConnections },
  { what: "a reset of each part", script: firstTryOf({ fault: "reset", afterBytes: 500_000 }) },
  {
    what: "a reset of the first part",
    script: firstTryOf({ fault: "reset", afterBytes: 9 }, only(0)),
  },
  {
    what: "one part that hangs in the middle",
    isSlow: true,
    script: firstTryOf({ fault: "hang", afterBytes: 700_000 }, once),
  },
  {
    what: "200 to every range",
    script: () => (request) => isPart(request) ? { fault: "whole" } : undefined,
  },
  { what: "200 to one range", script: firstTryOf({ fault: "whole" }, once) },
  {
    what: "5xx to every second part",
    script: firstTryOf({ fault: "status", status: 503 }, every(2)),
  },
  {
    what: "a part that ends too early",
    script: firstTryOf({ fault: "wrong_length", byBytes: 1000 }, once),
  },
  {
    what: "401 to one part",
    options: { tokens: {} },
    script: firstTryOf({ fault: "status", status: 401 }, once),
  },
  {
    what: "tokens that are good for nine requests",
    options: { tokens: { uses: 9 } },
    shows: { status: 401, times: 2 },
  },
  {
    what: "tokens that end in the middle",
    options: { tokens: { expiresInSeconds: 300 } },
    shows: { status: 401, times: 2 },
    script: (registry) => (request) => {
      if (request.kind === "blobs" && request.nth === 8) registry.revokeTokens();
      return undefined;
    },
  },
  {
    what: "tokens that say they end at once",
    isSlow: true,
    options: { tokens: { expiresInSeconds: 1 }, bytesPerSecond: 3_000_000 },
    seen: (requests) => {
      const tokens = requests.filter(({ kind }) => kind === "token").length;
      assert(tokens > 1, `${tokens} tokens`);
    },
  },
  { what: "signed addresses", options: { storage: {} }, seen: redirectedOnce },
  {
    what: "signed addresses that are good for three requests",
    options: { storage: { uses: 3 } },
    shows: { status: 403, times: 2 },
  },
  {
    what: "signed addresses that end in the middle, behind tokens",
    options: { storage: {}, tokens: {} },
    shows: { status: 403, times: 1 },
    script: (registry) => (request) => {
      if (request.kind === "storage" && request.nth === 6) registry.expireAddresses();
      return undefined;
    },
  },
  {
    what: "429 to one part, with a pause in seconds",
    script: firstTryOf({ fault: "status", status: 429, headers: { "retry-after": "1" } }, once),
  },
  {
    what: "429 to one part, with a date",
    script: () => {
      let left = 1;
      return (request) =>
        isPart(request) && request.nth >= 6 && left-- > 0
          ? {
            fault: "status",
            status: 429,
            headers: { "retry-after": new Date(Date.now() + 2000).toUTCString() },
          }
          : undefined;
    },
  },
  {
    what: "a brake on each connection",
    options: { bytesPerSecond: 4_000_000 },
    seen: overSeveralConnections,
  },
];

function overSeveralConnections(requests: readonly ScriptedRequest[]): void {
  const connections = new Set(requests.filter(isPart).map(({ connection }) => connection));
  assert(connections.size >= 4, `${connections.size} connections`);
}

function redirectedOnce(requests: readonly ScriptedRequest[]): void {
  const redirects = requests.filter(({ kind, target }) =>
    kind === "blobs" && target === LAYER?.digest
  );
  assert(redirects.length <= 2, `the registry was asked ${redirects.length} times`);
}

const pairs = await pairsForRelay();

for (const pair of pairs) {
  realTest(`${pair.name}: a large layer arrives in spite of`, pair.reason, async (t) => {
    await using pulls = await startRelayedPulls(pair);
    const faults = FAULTS.filter(({ isSlow = false }) => !isSlow || pair === pairs[0]);
    for (const { what, options, script, shows, seen } of faults) {
      await t.step(what, async () => {
        await using registry = await startImages(options);
        const reference = `${registry.host}/test/large:1`;
        const tricks = counted(script?.(registry));
        registry.script = tricks.script;
        await pulls.assertPulls(reference, LARGE);
        if (script !== undefined && shows === undefined) assert(tricks.played() > 0);
        if (shows !== undefined) {
          const times = registry.requests().filter(({ status }) => status === shows.status).length;
          assert(times >= shows.times, `${shows.status} was answered ${times} times`);
        }
        seen?.(registry.requests());
        const sent = registry.requests().reduce((sum, { sentBytes }) => sum + sentBytes, 0);
        assert(sent < 5 * LAYER.bytes, `${sent} bytes were sent`);
        await pulls.assertNothingLeft(reference);
        await pulls.removeAll();
      });
    }
  });
}

/** A script, and how often it has let something go wrong. */
function counted(script: Script = () => undefined) {
  let count = 0;
  return {
    played: () => count,
    script: (request: ScriptedRequest) => {
      const fault = script(request);
      if (fault !== undefined) count++;
      return fault;
    },
  };
}

for (const pair of pairs.filter(({ version }) => version === "2.3")) {
  realTest(
    `${pair.name}: a layer of thirty parts arrives though tokens end in the middle of it, twice`,
    pair.reason,
    async () => {
      await using pulls = await startRelayedPulls(pair);
      const image = storedImage("test/thirty:1", [
        generatedLayer({ name: "thirty", bytes: 125_000_000 }),
      ]);
      const [layer] = image.layers;
      await using registry = await startImages({ tokens: { expiresInSeconds: 300 } });
      registry.add("test/thirty:1", image);
      registry.script = ({ target, nth }) => {
        if (target === layer?.digest && (nth === 10 || nth === 25)) registry.revokeTokens();
        return undefined;
      };
      await pulls.assertPulls(`${registry.host}/test/thirty:1`, image);
      const asked = registry.requests().filter(({ target }) => target === layer?.digest);
      const parts = asked.filter(({ status }) => status === 206);
      assert(parts.length === 30, `${parts.length} parts`);
      const refused = asked.filter(({ status }) => status === 401).length;
      assert(refused >= 2 && refused <= 20, `${refused} were refused`);
      const tokens = registry.requests().filter(({ kind }) => kind === "token").length;
      assert(tokens === 3, `${tokens} tokens`);
    },
  );
}
