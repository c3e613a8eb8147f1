import { assert, assertStringIncludes } from "@std/assert";
import type { PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import type {
  Script,
  ScriptedFault,
  ScriptedRegistryOptions,
  ScriptedRequest,
} from "../../harness/servers/scripted_registry.ts";
import { LARGE, pairsForRelay, SMALL, startImages, startRelayedPulls } from "./relayed_pulls.ts";

/** An answer that says other than it brings. */
interface Lie {
  readonly what: string;
  readonly script: Lies;
  readonly options?: ScriptedRegistryOptions;
  /** How the pull fails, and what a person reads; default: it does not. */
  readonly fails?: readonly [PullFailure, string];
}

type Lies = (request: ScriptedRequest) => ScriptedFault | undefined;

const BYTES = LARGE.layers[0]?.bytes ?? 0;
const LAYERS = new Set([...LARGE.layers, ...SMALL.layers].map(({ digest }) => digest));

const isLayer = ({ target, method }: ScriptedRequest) => LAYERS.has(target) && method === "GET";

/** To each request for bytes of the layer. */
const toAll = (fault: ScriptedFault): Lies => (request) => isLayer(request) ? fault : undefined;

/** To each request that names a range; whole blobs come as they are. */
const toRanges =
  (fault: (range: { readonly from: number; readonly end: number }) => ScriptedFault): Lies =>
  (request) => isLayer(request) && request.range ? fault(request.range) : undefined;

/** To the fifth request for bytes of the layer alone, or to the first. */
const toOne = (fault: ScriptedFault, nth = 4): Lies => (request) =>
  isLayer(request) && request.nth === nth ? fault : undefined;

const saying = (headers: Readonly<Record<string, string | undefined>>): ScriptedFault => ({
  fault: "headers",
  headers,
});

const otherLength = "is of another length";

const TO_LARGE: readonly Lie[] = [
  {
    what: "ranges that begin elsewhere",
    script: toRanges(({ from, end }) => ({ fault: "other_range", from: from + 1, end })),
  },
  {
    what: "one range that begins elsewhere",
    script: (request) =>
      request.nth === 4
        ? toRanges(({ from, end }) => ({ fault: "other_range", from: from - 1, end }))(request)
        : undefined,
  },
  {
    what: "ranges that are shorter than asked",
    script: toRanges(({ from, end }) => ({
      fault: "other_range",
      from,
      end: Math.min(end, from + 1_500_000),
    })),
  },
  {
    what: "ranges that are longer than asked",
    script: toRanges(({ from, end }) => ({ fault: "other_range", from, end: end + 1000 })),
  },
  {
    what: "ranges of a blob of another length",
    script: toRanges(({ from, end }) =>
      saying({ "content-range": `bytes ${from}-${Math.min(end, BYTES) - 1}/${BYTES + 1}` })
    ),
  },
  {
    what: "ranges of a blob of unknown length",
    script: toRanges(({ from, end }) =>
      saying({ "content-range": `bytes ${from}-${Math.min(end, BYTES) - 1}/*` })
    ),
  },
  {
    what: "ranges that do not say which",
    script: toRanges(() => saying({ "content-range": undefined })),
  },
  {
    what: "ranges as several parts of one body",
    script: toRanges(() =>
      saying({
        "content-range": undefined,
        "content-type": 'multipart/byteranges; boundary="part"',
      })
    ),
  },
  {
    what: "ranges that it has not (416)",
    script: toRanges(() => ({ fault: "status", status: 416 })),
  },
  {
    what: "400 to ranges",
    script: toRanges(() => ({ fault: "status", status: 400 })),
  },
  {
    what: "a whole blob that breaks off, and ranges that begin elsewhere",
    script: (request) =>
      request.range === undefined
        ? toOne({ fault: "reset", afterBytes: 20_000_000 }, 1)(request)
        : toRanges(({ from, end }) => ({ fault: "other_range", from: from + 1, end }))(request),
  },
  {
    what: "ranges that say to be longer than they are",
    script: toRanges(() => ({ fault: "wrong_length", byBytes: 1000 })),
  },
  {
    what: "ranges that say to be shorter than they are",
    script: toRanges(() => ({ fault: "wrong_length", byBytes: -1000 })),
  },
  { what: "bodies in chunks, without a length", script: toAll({ fault: "chunked" }) },
  {
    what: "bodies that end with their connection",
    script: toAll(saying({ "content-length": undefined })),
  },
  { what: "bodies that go on after their end", script: toAll({ fault: "goes_on", bytes: 70_000 }) },
  { what: "one part that is packed", script: toOne({ fault: "encoded" }) },
  { what: "a first part that is packed", script: toOne({ fault: "encoded" }, 0) },
  {
    what: "wrong lengths of everything",
    script: toAll({ fault: "wrong_length", byBytes: 1000 }),
    fails: ["bad_content", otherLength],
  },
];

const TO_SMALL: readonly Lie[] = [
  {
    what: "a length that is too long",
    script: toAll({ fault: "wrong_length", byBytes: 1000 }),
    fails: ["bad_content", otherLength],
  },
  {
    what: "a length that is too short",
    script: toAll({ fault: "wrong_length", byBytes: -1000 }),
    fails: ["bad_content", otherLength],
  },
  { what: "a body in chunks, without a length", script: toAll({ fault: "chunked" }) },
  {
    what: "a body that ends with its connection",
    script: toAll(saying({ "content-length": undefined })),
  },
  { what: "a body that goes on after its end", script: toAll({ fault: "goes_on", bytes: 70_000 }) },
  {
    what: "a body that breaks off, and ranges that begin elsewhere",
    script: (request) =>
      toOne({ fault: "reset", afterBytes: 1_000_000 }, 0)(request) ??
        toRanges(({ from, end }) => ({ fault: "other_range", from: from + 1, end }))(request),
  },
];

/** Counts how often a script has its way. */
function counting(script: Script): { readonly script: Script; count: number } {
  const counter = {
    count: 0,
    script: (request: ScriptedRequest) => {
      const fault = script(request);
      if (fault !== undefined) counter.count++;
      return fault;
    },
  };
  return counter;
}

const pairs = await pairsForRelay();

// What the relay makes of an answer is the same whatever containerd asks it.
for (const pair of pairs.filter(({ version }) => version === "2.3")) {
  for (const [name, lies] of [["large", TO_LARGE], ["small", TO_SMALL]] as const) {
    realTest(`${pair.name}: a ${name} layer and`, pair.reason, async (t) => {
      await using pulls = await startRelayedPulls(pair);
      for (const { what, options, script, fails } of lies) {
        await t.step(what, async () => {
          await using registry = await startImages(options);
          const reference = `${registry.host}/test/${name}:1`;
          const counter = counting(script);
          registry.script = counter.script;
          if (fails === undefined) {
            await pulls.assertPulls(reference, name === "large" ? LARGE : SMALL);
          } else {
            const [failure, says] = fails;
            assertStringIncludes(assertFailed(await pulls.pull(reference), failure), says);
          }
          assert(counter.count > 0, "nothing went wrong");
          const asked = registry.requests().filter(isLayer).length;
          assert(asked < 60, `${asked} requests`);
          await pulls.assertNothingLeft(reference);
          await pulls.removeAll();
        });
      }
    });
  }
}
