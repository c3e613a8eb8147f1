import { assertEquals } from "@std/assert";
import { metaRules } from "../../../mod/pure/bucket/meta_rules.ts";
import { decodeMeta } from "../../../mod/pure/bucket/wire.ts";
import { RULES } from "../wants/folding.ts";

const meta = { v: 1, source: "manifests", writer: "me", since: "now" } as const;

Deno.test("rules read the same from the bucket", () => {
  const rules = metaRules({
    rules: { ...RULES, ignoreImages: ["debug"], listImages: ["a:1"], cronLeadMs: 5 },
    forgetAfterMs: 7,
  });
  assertEquals(rules?.ignoreImages, ["debug"]);
  assertEquals(decodeMeta(JSON.stringify({ ...meta, rules })), {
    value: { ...meta, ...(rules && { rules }) },
  });
});

Deno.test("rules that would make meta long are not told", () => {
  const ignoreImages = Array.from({ length: 2_000 }, (_, n) => `registry.lab/${n}`);
  assertEquals(metaRules({ rules: { ...RULES, ignoreImages }, forgetAfterMs: 7 }), undefined);
});
