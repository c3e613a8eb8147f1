import { assertEquals, assertStringIncludes } from "@std/assert";
import type { MetaRules } from "../../../mod/pure/bucket/wire.ts";
import { unwantedImage } from "../../../mod/pure/why/unwanted_image.ts";
import { whyImage } from "../../../mod/pure/why/why_image.ts";
import { unwantedText, whyText } from "../../../mod/pure/why/why_text.ts";
import { bucketOf, NOW, RULES, SINCE, WEB } from "./buckets.ts";

const WIDE = { columns: 400, wallMs: NOW.wallMs };
const OFF = "pods in namespace shop name pull secrets, and private images are off there " +
  "(warm-images/private): ";
const BYTES = "kubectl annotate --overwrite namespace shop warm-images/private=bytes";

function unwanted(rules: MetaRules["private"], namespaces = ["shop"], count = namespaces.length) {
  const why = { v: 1 as const, count: 0, reasons: [], withheld: { count, namespaces } };
  const told = rules === undefined ? RULES : { ...RULES, private: rules };
  return unwantedImage(WEB, { known: [], rules: told, why });
}

const SETTINGS: readonly [MetaRules["private"], string][] = [
  [undefined, BYTES],
  [{ modes: ["bytes"], openRegistries: [] }, BYTES],
  [{ modes: ["bytes", "open"], openRegistries: ["*"] }, BYTES],
  [
    { modes: ["open"], openRegistries: ["reg.lab"] },
    "kubectl annotate --overwrite namespace shop warm-images/private=open",
  ],
  [
    { modes: [], openRegistries: [] },
    `--private-modes allows no mode; with bytes among --private-modes: ${BYTES}`,
  ],
  [
    { modes: ["open"], openRegistries: [] },
    "--private-modes allows open alone, and --open-registries does not name its registry; " +
    `with bytes among --private-modes: ${BYTES}`,
  ],
];
for (const [rules, remedy] of SETTINGS) {
  Deno.test(`an image that pods ask for in vain is told with ${JSON.stringify(rules)}`, () => {
    assertEquals(unwanted(rules).rules, [
      { rule: "warm-images/private", certain: true, text: OFF + remedy },
    ]);
  });
}

Deno.test("in words it is what leaves the image out", () => {
  assertEquals(
    unwantedText(unwanted(undefined), 400),
    `Nothing wants ${WEB}\n\nWhat leaves it out:\n  ${OFF}${BYTES}`,
  );
});

Deno.test("many namespaces are named as far as the bucket has them, and the others counted", () => {
  const [told] = unwanted(undefined, ["bank", "shop"], 7).rules ?? [];
  assertStringIncludes(told?.text ?? "", "pods in namespaces bank, shop, 5 more name pull secrets");
  assertStringIncludes(told?.text ?? "", "namespace bank shop warm-images/private=bytes");
});

Deno.test("an image that the rules leave out as well is told by both", () => {
  const why = {
    v: 1 as const,
    count: 0,
    reasons: [],
    withheld: { count: 1, namespaces: ["shop"] },
  };
  const rules = { ...RULES, ignoreImages: ["web"] };
  const told = unwantedImage(WEB, { known: [], rules, why }).rules?.map(({ rule }) => rule);
  assertEquals(told, ["warm-images/private", "ignore-images"]);
});

Deno.test("of a private image its modes are told, and by which secrets of which namespace", () => {
  const secret = (namespace: string, name: string) => ({ namespace, name });
  const why = whyImage(
    WEB,
    bucketOf({
      nodes: [{ name: "a" }],
      wanted: [{
        pullSecrets: [secret("shop", "a")],
        private: [
          { mode: "bytes", secrets: [secret("bank", "b"), secret("shop", "a")] },
          { mode: "open", secrets: [] },
        ],
      }],
      why: { reasons: [], withheld: { count: 1, namespaces: ["club"] } },
    }),
  );
  assertEquals(why.private?.map(({ mode, secrets }) => [mode, secrets]), [
    ["bytes", ["bank/b", "shop/a"]],
    ["open", []],
  ]);
  const text = whyText(why, WIDE);
  assertStringIncludes(
    text,
    "Where it takes a login, it is kept\n" +
      "  as bytes that pods do not see: by secrets bank/b, shop/a, or a login of the node\n" +
      "  open, as public images are: by a login of the node alone\n\n" +
      "Not wanted by others:\n  pods in namespace club name pull secrets",
  );
});

Deno.test("what nodes still have of an image that is left out tells by what it is", () => {
  const reports = { a: { [WEB]: { state: "warm", as: "bytes" as const, since: SINCE } } };
  const why = whyImage(
    WEB,
    bucketOf({
      nodes: [{ name: "a" }],
      reports,
      why: { reasons: [], withheld: { count: 1, namespaces: ["shop"] } },
    }),
  );
  assertEquals(why.isWanted, false);
  assertStringIncludes(whyText(why, WIDE), `What leaves it out:\n  ${OFF}`);
});

Deno.test("one that is named in part is told by its whole name, and not as called alike", () => {
  const withheld = { count: 1, namespaces: ["shop"] };
  const why = { v: 1 as const, count: 0, reasons: [], withheld };
  const told = unwantedImage("lab/web", { known: [WEB], image: WEB, rules: RULES, why });
  assertEquals([told.asked, told.image, told.nearest], ["lab/web", WEB, []]);
  assertEquals(told.rules?.map(({ rule }) => rule), ["warm-images/private"]);
});

Deno.test("an image of an older controller tells its logins as before", () => {
  const pullSecrets = [{ namespace: "shop", name: "a" }];
  const why = whyImage(WEB, bucketOf({ nodes: [{ name: "a" }], wanted: [{ pullSecrets }] }));
  assertStringIncludes(whyText(why, WIDE), "; logins shop/a");
  assertEquals([why.private, why.withheld], [undefined, undefined]);
});
