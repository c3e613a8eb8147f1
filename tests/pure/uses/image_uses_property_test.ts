import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { NodeStory } from "./node_story.ts";

const NAMES = ["reg.lab/a:1", "reg.lab/a:2", "reg.lab/b:1", "mirror.lab/a:1"] as const;
const DIGESTS = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);

const step = fc.record({
  what: fc.constantFrom(
    "warm",
    "begin",
    "end",
    "kubelet",
    "again",
    "container",
    "delete",
    "want",
    "unwant",
    "gap",
    "time",
  ),
  name: fc.constantFrom(...NAMES),
  digest: fc.constantFrom(...DIGESTS),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function tell(node: NodeStory, { what, name, digest }: Step): void {
  switch (what) {
    case "warm":
      return node.warms(name, { digest });
    case "begin":
      return node.pullBegins(name);
    case "end":
      return node.pullEnds(name, { digest });
    case "kubelet":
      return node.kubeletPulls(name, digest);
    case "again":
      return node.kubeletPulls(name, digest, false);
    case "container":
      return node.container(name);
    case "delete":
      return node.deletes(name);
    case "want":
      return node.wants(name);
    case "unwant":
      return node.unwants(name);
    case "gap":
      node.loses();
      return node.follows([...NAMES]);
    default:
      return node.passes(30_000);
  }
}

Deno.test("no image is used first more often than it came", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const node = new NodeStory();
    const came = new Map<string, number>();
    for (const each of steps) {
      if (each.what === "gap") NAMES.forEach((name) => came.set(name, (came.get(name) ?? 0) + 1));
      if (["warm", "begin", "end", "kubelet", "again"].includes(each.what)) {
        came.set(each.name, (came.get(each.name) ?? 0) + 1);
      }
      tell(node, each);
    }
    for (const name of NAMES) {
      const uses = node.outcomes.filter((outcome) =>
        outcome.result === "first_use" && outcome.reference === name
      );
      assert(uses.length <= (came.get(name) ?? 0), `${name}: ${uses.length}`);
    }
  }));
});

Deno.test("without kubelet's pulls, and containers beside running pulls, there is no miss", () => {
  const ours = step.filter(({ what }) => !["kubelet", "again", "begin"].includes(what));
  fc.assert(fc.property(fc.array(ours, { maxLength: 60 }), (steps) => {
    const node = new NodeStory();
    for (const each of steps) tell(node, each);
    assertEquals(node.counts.slice(1), [0, 0]);
  }));
});

Deno.test("counts are those of the outcomes, late ones are misses, and no bytes are negative", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const node = new NodeStory();
    for (const each of steps) {
      tell(node, each);
      assert(node.uses.unusedBytes() >= 0);
    }
    const misses = node.outcomes.filter((outcome) => outcome.result === "miss");
    const uses = node.outcomes.filter(({ result }) => result === "first_use");
    assertEquals(node.counts, [
      uses.length,
      misses.length,
      misses.filter((outcome) => outcome.result === "miss" && outcome.late).length,
    ]);
  }));
});
