import { assertEquals } from "@std/assert";
import type { ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { type WhyImage, whyImage, whyOnNode } from "../../../mod/pure/why/why_image.ts";
import { whyText } from "../../../mod/pure/why/why_text.ts";
import { bucketOf, nodeFacts, NOW, SINCE, WEB } from "./buckets.ts";

const UNTIL = "2026-11-27T10:03:00.000Z";
const NOTE = "pods are kept from the node until it is there, for 3 min more at most";

const pulling: ReadImageReport = { state: "pulling", since: SINCE };

Deno.test("an image that pods are kept from a node for says so, and until when", () => {
  const why = onNode(pulling);
  assertEquals(why?.nodes[0]?.gate, { until: UNTIL, isAwaited: true });
  assertEquals(noteIn(why), NOTE);
});

Deno.test("so does one that the agent of a new node has not reported yet", () => {
  assertEquals(noteIn(onNode(undefined)), NOTE);
  assertEquals(noteIn(onNode({ ...pulling, state: "warm" }, "uid-0")), NOTE);
});

Deno.test("one that will not come soon is not waited for", () => {
  const why = onNode({ ...pulling, state: "failed", reason: "not_found: no tag" });
  assertEquals(why?.nodes[0]?.gate, { until: UNTIL, isAwaited: false });
  assertEquals(noteIn(why), "no pods wait for it there, as it will not come soon");
});

Deno.test("nothing is said of one that is warm, that is not due, and where there is no gate", () => {
  assertEquals(onNode({ ...pulling, state: "warm" })?.nodes[0]?.gate, undefined);
  assertEquals(onNode(pulling, "uid-1", ["x:1"])?.nodes[0]?.gate, undefined);
  assertEquals(onNode(pulling, "uid-1", null)?.nodes[0]?.gate, undefined);
});

Deno.test("nodes whose pods wait for it are told apart from others", () => {
  const bucket = bucketOf({
    nodes: [{ name: "old" }],
    wanted: [{}],
    reports: { old: { [WEB]: pulling } },
  });
  const { fleet } = bucket;
  for (const name of ["new1", "new2"]) {
    fleet.putNode({ v: 1, ...nodeFacts(name, { uid: name }), gate: { due: [WEB], until: UNTIL } });
    const head = { v: 1, node: name, nodeUid: name, agent: "0.4.0", at: SINCE } as const;
    fleet.putReport({ ...head, images: { [WEB]: pulling } }, NOW.monotonicMs);
  }
  const text = whyText(whyImage(WEB, bucket), { columns: 80, wallMs: NOW.wallMs });
  const lines = text.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.endsWith("new1, new2"));
  assertEquals(at >= 0, true, text);
  assertEquals(
    lines.slice(at).includes("pods are kept from the nodes until it is there"),
    true,
    text,
  );
  assertEquals(lines.some((line) => line.endsWith("old")), true, text);
});

function onNode(
  image: ReadImageReport | undefined,
  nodeUid = "uid-1",
  due: readonly string[] | null = [WEB],
): WhyImage | undefined {
  const bucket = bucketOf({ wanted: [{}] });
  const facts = nodeFacts("n", { uid: "uid-1" });
  bucket.fleet.putNode({ v: 1, ...facts, ...(due && { gate: { due, until: UNTIL } }) });
  const head = { v: 1, node: "n", nodeUid, agent: "0.4.0", at: SINCE } as const;
  bucket.fleet.putReport({ ...head, images: image ? { [WEB]: image } : {} }, NOW.monotonicMs);
  return whyOnNode(WEB, "n", bucket);
}

function noteIn(why: WhyImage | undefined): string | undefined {
  const text = why && whyText(why, { columns: 200, wallMs: NOW.wallMs });
  return text?.split("\n").map((line) => line.trim()).find((line) =>
    /kept from|wait for/.test(line)
  );
}
