import { assertEquals } from "@std/assert";
import type { MetaRules } from "../../../mod/pure/bucket/wire.ts";
import { unwantedImage } from "../../../mod/pure/why/unwanted_image.ts";
import { RULES } from "./buckets.ts";

const HOUR_MS = 3_600_000;

const BY_RULE: readonly [Partial<MetaRules>, string, boolean][] = [
  [{ ignoreImages: ["debug"] }, "ignore-images", true],
  [{ listSpaces: ["shop"] }, "list-spaces", false],
  [{ ignoreSpaces: ["kube-*"] }, "ignore-spaces", false],
  [{ onlyMarked: true }, "only-marked", false],
  [{ cronLeadMs: HOUR_MS }, "cron-lead", false],
];

for (const [rules, rule, certain] of BY_RULE) {
  Deno.test(`an image that nothing wants may be left out by ${rule}`, () => {
    const { rules: told } = unwantedImage("debug/shell", {
      known: [],
      rules: { ...RULES, ...rules },
    });
    assertEquals(told?.map((each) => [each.rule, each.certain]), [[rule, certain]]);
  });
}

Deno.test("ignore-images is judged by the name as it was written and by the canonical one", () => {
  for (const text of ["shell:1", "docker.io/library/shell", "library/sh"]) {
    const rules = { ...RULES, ignoreImages: ["other", text] };
    const { rules: told, image } = unwantedImage("shell:1", { known: [], rules });
    assertEquals(image, "docker.io/library/shell:1");
    assertEquals(told?.map(({ text }) => text), [
      `its name contains "${text}", which ignore-images leaves out`,
    ]);
  }
});

Deno.test("without rules nothing leaves it out, and none are told where the controller tells none", () => {
  assertEquals(unwantedImage("a:1", { known: ["b:1"], rules: RULES }).rules, []);
  const untold = unwantedImage("Not An Image", { known: [], rules: undefined });
  assertEquals(untold, { v: 1, asked: "Not An Image", isWanted: false, nearest: [] });
});
