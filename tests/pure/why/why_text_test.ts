import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { unwantedImage } from "../../../mod/pure/why/unwanted_image.ts";
import { whyImage, whyOnNode } from "../../../mod/pure/why/why_image.ts";
import { severalText, unwantedText, whyText } from "../../../mod/pure/why/why_text.ts";
import { bucketOf, type Held, NOW, RULES, SINCE, WEB } from "./buckets.ts";

const WORDS = { columns: 80, wallMs: NOW.wallMs };
const warm = { [WEB]: { state: "warm", since: SINCE } };
const HELD: Held = {
  nodes: [
    ...["n1", "n2", "n3", "n4", "n5", "n6"].map((name) => ({ name })),
    { name: "gpu", taints: [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] },
  ],
  wanted: [{ sizeBytes: 58_000_000 }],
  reports: {
    ...{ n1: warm, n2: warm, n3: warm, n4: warm },
    n5: {
      [WEB]: {
        state: "failed",
        since: SINCE,
        reason: "not_found: reg.lab says there is no manifest of that name",
        nextTry: "2026-11-27T10:05:00.000Z",
      },
    },
    n6: {
      [WEB]: {
        state: "pulling",
        since: SINCE,
        progress: { bytes: 45, totalBytes: 100e6, bytesPerSecond: 5e6, secondsLeft: 20 },
        direct: "hosts.toml has skip_verify",
      },
    },
  },
  why: {
    count: 3,
    reasons: [
      { kind: "Deployment", namespace: "shop", name: "web" },
      { kind: "Deployment", namespace: "shop", name: "old", how: "kept", revision: 3 },
    ],
  },
};

Deno.test("an explanation reads so", () => {
  assertEquals(
    whyText(whyImage(WEB, bucketOf(HELD)), WORDS),
    `reg.lab/web:1 is wanted; 58.0 MB

3 objects want it:
  Deployment shop/web
  Deployment shop/old (revision 3, kept for a rollback)
  and 1 more

It may run on 6 of 7 nodes:
  failed   n5
           not_found: reg.lab says there is no manifest of that name
           since 2026-11-27 09:55:00 UTC (5 min); next try at 2026-11-27
           10:05:00 UTC (in 5 min)
  pulling  n6
           0 % of 100 MB, 5.0 MB a second, 20 s left
           since 2026-11-27 09:55:00 UTC (5 min)
           not through the relay: hosts.toml has skip_verify
  warm     4 nodes: n1, n2, n3 and 1 more
           since 2026-11-27 09:55:00 UTC (5 min at the longest)

Not on 1 node:
  gpu: taint "nvidia.com/gpu:NoSchedule"`,
  );
});

Deno.test("of one node all is told, and of no other", () => {
  const text = whyText(whyOnNode(WEB, "gpu", bucketOf(HELD)) ?? fail(), WORDS);
  assertStringIncludes(
    text,
    `It may not run on gpu:
  pods for any node: not there: taint "nvidia.com/gpu:NoSchedule"`,
  );
  assert(!text.includes("n5") && !text.includes("missing"));
});

Deno.test("a silent agent and one that is missing are told", () => {
  const { n1 } = HELD.reports ?? {};
  const held = { ...HELD, reports: { n1: n1 ?? {} }, silentMs: 600_000 };
  const text = whyText(whyImage(WEB, bucketOf(held)), WORDS);
  assertStringIncludes(text, "its agent has been silent for 10 min: this is its last word");
  assertStringIncludes(text, "missing  5 nodes: n2, n3, n4 and 2 more");
});

Deno.test("what nothing wants any more says since when, and until when it is kept", () => {
  const held = { ...HELD, why: { ...HELD.why, unwantedSince: SINCE } };
  const text = whyText(whyImage(WEB, bucketOf(held)), WORDS);
  assertStringIncludes(text, "is not wanted any more since 2026-11-27 09:55:00 UTC (5 min");
  assertStringIncludes(text, "kept until 2026-11-27");
  assertStringIncludes(text, "It was wanted by:\n  Deployment shop/web");
});

Deno.test("an image that nothing wants says what is called alike and what may leave it out", () => {
  const rules = { ...RULES, ignoreImages: ["web"], ignoreSpaces: ["kube-system"] };
  assertEquals(
    unwantedText(unwantedImage("reg.lab/webb:1", { known: [WEB], rules }), 80),
    `Nothing wants reg.lab/webb:1

Called alike:
  reg.lab/web:1

What leaves it out:
  its name contains "web", which ignore-images leaves out`,
  );
  const perhaps = unwantedImage("x", { known: [], rules: { ...rules, ignoreImages: [] } });
  assertStringIncludes(
    unwantedText(perhaps, 80),
    "What could leave it out:\n  no objects in namespaces kube-system count (ignore-spaces)",
  );
  const untold = unwantedText(unwantedImage("x", { known: [], rules: undefined }), 80);
  assertStringIncludes(untold, "does not tell its rules");
});

Deno.test("without Node objects, the agents' word decides", () => {
  const bucket = bucketOf({ wanted: [{}], reports: { a: warm, b: {} } });
  assertStringIncludes(
    whyText(whyImage(WEB, bucket), WORDS),
    "It may run on 1 of 2 nodes:\n  warm     a\n",
  );
  const one = whyText(whyOnNode(WEB, "b", bucket) ?? fail(), WORDS);
  assertStringIncludes(one, "It may run on 0 of 2 nodes:");
  assertStringIncludes(one, "its agent, which alone knows the node, does not report it");
});

Deno.test("what nodes report of an image that is wanted no more is no place for it", () => {
  const text = whyText(whyImage(WEB, bucketOf({ reports: { a: warm } })), WORDS);
  assertStringIncludes(text, "is not wanted, and nodes still report it\n");
  assertStringIncludes(text, "What nodes report of it:\n  warm     a\n");
});

Deno.test("on a terminal the states have colours, and stand where they stood", () => {
  const why = whyImage(WEB, bucketOf(HELD));
  const paint = (text: string, tone?: string) => `<${tone}>${text}</>`;
  const text = whyText(why, { ...WORDS, paint });
  assertStringIncludes(text, "  <bad>failed</>   n5");
  assertStringIncludes(text, "  <good>warm</>     4 nodes");
  assertEquals(text.replaceAll(/<.*?>/g, ""), whyText(why, WORDS));
});

Deno.test("every line fits the terminal, be it of 40 columns, and none commands it", () => {
  const evil = { kind: "Deployment", namespace: "shop", name: `\x1b[2J${"x".repeat(120)}\n` };
  const bucket = bucketOf({ ...HELD, why: { count: 1, reasons: [evil] } });
  for (const columns of [40, 80, 200]) {
    const texts = [
      whyText(whyImage(WEB, bucket), { ...WORDS, columns }),
      whyText(whyOnNode(WEB, "n5", bucket) ?? fail(), { ...WORDS, columns }),
      unwantedText(unwantedImage("reg.lab/webb:1", { known: [WEB], rules: RULES }), columns),
      severalText("w", [WEB, `${WEB}.${"2".repeat(90)}`], columns),
    ];
    for (const line of texts.join("\n").split("\n")) {
      assert(line.length <= columns, `${line.length} of ${columns}: ${line}`);
      // deno-lint-ignore no-control-regex
      assert(!/[\x00-\x1f]/.test(line));
    }
  }
});

function fail(): never {
  throw new Error("The node is known");
}

Deno.test("an image that is kept as bytes is told apart from the same one elsewhere", () => {
  const asBytes = { [WEB]: { state: "warm", as: "bytes" as const, since: SINCE } };
  const held = { ...HELD, reports: { n1: warm, n2: asBytes } };
  const text = whyText(whyImage(WEB, bucketOf(held)), WORDS).replaceAll(/\s+/g, " ");
  assertStringIncludes(text, "warm n1 since");
  assertStringIncludes(text, "warm n2 as bytes, which kubelet does not see: a pod still needs");
  assertEquals(whyImage(WEB, bucketOf(held)).nodes.find(({ node }) => node === "n2")?.as, "bytes");
});
