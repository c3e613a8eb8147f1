import { assertEquals } from "@std/assert";
import { ImageUses } from "../../../mod/pure/uses/image_uses.ts";
import { NodeStory } from "./node_story.ts";

const APP = "reg.lab/app:1";
const OTHER = "reg.lab/app:other";
const [D1, D2] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const BY_DIGEST = `reg.lab/app@${D1}`;

Deno.test("the first container of a warm image is a first use, and saves what its pull took", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1, seconds: 7 });
  node.passes(60_000);
  node.container(APP);
  node.container(APP);
  assertEquals(node.outcomes, [{ result: "first_use", reference: APP, savedSeconds: 7 }]);
  assertEquals(node.uses.report()?.savedSeconds, 7);
  assertEquals(new Date(node.uses.usedTimes().get(APP) ?? 0).toISOString().slice(11, 16), "00:01");
});

Deno.test("our own pulls are no misses, whatever the CRI makes of their names", () => {
  const node = new NodeStory();
  node.warms(APP);
  assertEquals(node.outcomes, []);
});

Deno.test("an image that kubelet pulls before ours has begun or ended is late", () => {
  for (const state of ["waiting", "pulling"] as const) {
    const node = new NodeStory();
    node.wants(APP, state);
    node.kubeletPulls(APP, D1);
    node.container(APP);
    node.pullEnds(APP, { digest: D1 });
    node.container(APP);
    assertEquals(node.outcomes, [{ result: "miss", reference: APP, late: true }], state);
  }
});

Deno.test("an image that could not be had here is a miss, and was not on its way", () => {
  const node = new NodeStory();
  node.wants(APP, "failed");
  node.kubeletPulls(APP, D1);
  node.container(APP);
  assertEquals(node.counts, [0, 1, 0]);
});

Deno.test("a container that is created while our pull runs is late", () => {
  const node = new NodeStory();
  node.wants(APP);
  node.pullBegins(APP);
  node.container(APP);
  node.pullEnds(APP, { digest: D1 });
  node.container(APP);
  assertEquals(node.counts, [0, 1, 1]);
});

Deno.test("an image that becomes wanted because kubelet pulled it is a miss, for a minute", () => {
  for (const [afterMs, misses] of [[59_000, 1], [61_000, 0]] as const) {
    const node = new NodeStory();
    node.kubeletPulls(APP, D1);
    node.container(APP);
    assertEquals(node.counts, [0, 0, 0], "nobody wants it");
    node.passes(afterMs);
    node.wants(APP);
    node.wants(OTHER);
    assertEquals(node.counts, [0, misses, 0]);
  }
});

Deno.test("sandboxes and images that nobody wants count as nothing", () => {
  const node = new NodeStory(["registry.k8s.io/pause:3.10"]);
  for (let n = 0; n < 3; n++) node.container("registry.k8s.io/pause:3.10");
  node.container("reg.lab/never-seen:1");
  node.container(D1);
  assertEquals([node.outcomes, node.counts], [[], [0, 0, 0]]);
});

Deno.test("a pod that always asks the registry finds a warm image warm", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1 });
  node.passes(10_000);
  node.kubeletPulls(APP, D1, false);
  node.container(APP);
  assertEquals(node.counts, [1, 0, 0]);
});

Deno.test("where kubelet and we pull an image together, nothing was saved, whoever ends first", () => {
  for (const afterMs of [undefined, 3_000]) {
    const node = new NodeStory();
    node.wants(APP);
    node.pullBegins(APP);
    if (afterMs !== undefined) node.pullEnds(APP, { digest: D1 });
    node.passes(afterMs ?? 0);
    node.kubeletPulls(APP, D1, false);
    if (afterMs === undefined) node.pullEnds(APP, { digest: D1 });
    node.container(APP);
    assertEquals(node.outcomes, [{ result: "miss", reference: APP, late: true }], `${afterMs}`);
  }
});

Deno.test("where the tag has moved, kubelet's pull is a miss, and what we had brought went unused", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1, bytes: 70 });
  node.kubeletPulls(APP, D2, false);
  node.container(APP);
  assertEquals(node.outcomes, [
    { result: "never_used", reference: APP, bytes: 70 },
    { result: "miss", reference: APP, late: false },
  ]);
});

Deno.test("a tag that we have followed to where it moved is used anew", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1 });
  node.container(APP);
  node.pullEnds(APP, { digest: D2 });
  assertEquals(node.uses.usedTimes().get(APP), undefined);
  node.container(APP);
  assertEquals(node.counts, [2, 0, 0]);
});

Deno.test("a tag that was in use when the agent came, and has moved since, is used anew", () => {
  const node = new NodeStory([APP], [APP]);
  node.wants(APP, "warm", { digest: D1 });
  node.pullEnds(APP, { digest: D2, hasMoved: true });
  node.container(APP);
  assertEquals(node.counts, [1, 0, 0]);
});

Deno.test("kubelet's pull of a warm image under another tag, or by digest, is no miss", () => {
  for (const pull of ["tag", "digest"] as const) {
    const node = new NodeStory();
    node.warms(APP, { digest: D1 });
    node.wants(pull === "tag" ? OTHER : BY_DIGEST);
    if (pull === "tag") node.kubeletPulls(OTHER, D1);
    else node.kubeletPullsByDigest(BY_DIGEST);
    // The runtime names a container after any of the image's names.
    node.container(APP);
    node.container(OTHER);
    assertEquals(node.counts, [1, 0, 0], pull);
  }
});

Deno.test("another tag of what kubelet has pulled before is no miss", () => {
  const node = new NodeStory();
  node.wants(APP);
  node.kubeletPulls(APP, D1);
  node.container(APP);
  node.wants(OTHER);
  node.kubeletPulls(OTHER, D1);
  node.container(OTHER);
  assertEquals(node.counts, [0, 1, 1]);
});

Deno.test("kubelet's pull of a cold image by digest is a miss", () => {
  const node = new NodeStory();
  node.wants(BY_DIGEST);
  node.kubeletPullsByDigest(BY_DIGEST);
  node.container(BY_DIGEST);
  assertEquals(node.counts, [0, 1, 1]);
});

Deno.test("names of one image are used together, and hold its bytes once", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1, bytes: 70 });
  node.warms(OTHER, { digest: D1, bytes: 70 });
  assertEquals(node.uses.unusedBytes(), 70);
  node.container(OTHER);
  node.container(APP);
  assertEquals([node.counts, node.uses.unusedBytes()], [[1, 0, 0], 0]);
});

Deno.test("an image that goes unused was fetched for nothing, and one that was used was not", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1, bytes: 70 });
  node.warms(OTHER, { digest: D2, bytes: 30 });
  node.container(OTHER);
  node.deletes(APP);
  node.deletes(OTHER);
  assertEquals(node.outcomes.filter(({ result }) => result === "never_used"), [
    { result: "never_used", reference: APP, bytes: 70 },
  ]);
});

Deno.test("bytes that another name still holds were not fetched for nothing yet", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1, bytes: 70 });
  node.warms(OTHER, { digest: D1, bytes: 70 });
  node.deletes(APP);
  assertEquals(node.outcomes, []);
  node.deletes(OTHER);
  assertEquals(node.outcomes, [{ result: "never_used", reference: OTHER, bytes: 70 }]);
});

Deno.test("what was used under a name that is gone stays used under the others", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1 });
  node.warms(OTHER, { digest: D1 });
  node.container(APP);
  node.deletes(APP);
  node.container(OTHER);
  assertEquals([node.counts, node.uses.usedTimes().has(OTHER)], [[1, 0, 0], true]);
});

Deno.test("an image that goes and is warmed again is used anew", () => {
  const node = new NodeStory();
  for (let times = 0; times < 2; times++) {
    node.warms(APP, { digest: D1 });
    node.container(APP);
    node.container(APP);
    node.deletes(APP);
  }
  assertEquals(node.counts, [2, 0, 0]);
});

Deno.test("an image that is no longer wanted stays ours, be it used or deleted", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1 });
  node.warms(OTHER, { digest: D2, bytes: 30 });
  node.unwants(APP);
  node.unwants(OTHER);
  assertEquals(node.uses.unusedBytes(), 130);
  node.container(APP);
  node.deletes(OTHER);
  assertEquals(node.outcomes.map(({ result }) => result), ["first_use", "never_used"]);
});

Deno.test("what containers had or kubelet had pulled before the agent came is in use already", () => {
  const node = new NodeStory([APP, OTHER, `reg.lab/app@${D2}`], [APP]);
  node.wants(APP, "warm", { digest: D1, bytes: 70 });
  node.wants(OTHER, "warm", { digest: D2, bytes: 30 });
  node.container(APP);
  node.container(OTHER);
  assertEquals([node.counts, node.uses.unusedBytes()], [[0, 0, 0], 0]);
  assertEquals([...node.uses.usedTimes().keys()].includes(OTHER), true);
});

Deno.test("an image that an earlier agent has warmed is used first when it is seen to be", () => {
  const node = new NodeStory([APP]);
  node.wants(APP, "warm", { digest: D1, bytes: 70 });
  assertEquals(node.uses.unusedBytes(), 70);
  node.container(APP);
  assertEquals(node.outcomes, [{ result: "first_use", reference: APP, savedSeconds: undefined }]);
});

Deno.test("for what happened in a gap of the events nothing is made up", () => {
  const node = new NodeStory();
  node.warms(APP, { digest: D1 });
  node.warms(OTHER, { digest: D2 });
  node.loses();
  node.container(APP);
  node.kubeletPulls("reg.lab/new:1", D1);
  node.follows([APP, OTHER, "reg.lab/new:1"], [APP]);
  node.container(APP);
  node.deletes(OTHER);
  assertEquals([node.outcomes, node.counts], [[], [0, 0, 0]]);
});

Deno.test("while the runtime tells nothing of containers there is nothing to report", () => {
  const now = { wallMs: 0, monotonicMs: 0 };
  const uses = new ImageUses(() => ({ state: "warm" }));
  uses.pulled(APP, { digest: D1 }, now);
  assertEquals(uses.take({ type: "used", reference: APP }, now), []);
  assertEquals(uses.report(), undefined);
});
