import { assertEquals } from "@std/assert";
import { type Candidates, loginCandidates } from "../../../mod/pure/private_images/candidates.ts";
import type { PrivateUse, PullSecret } from "../../../mod/pure/private_images/private_use.ts";

const SHOP: PullSecret = { namespace: "shop", name: "regcred" };
const DESK: PullSecret = { namespace: "desk", name: "regcred" };

Deno.test("a node's logins may serve what nobody keeps as private, and keep nothing of it closed", () => {
  assertEquals(shown(candidates([], { node: ["file", "plugin"] })), ["- file +", "- plugin +"]);
});

Deno.test("what is open is tried before bytes, and the node's own logins before those of Secrets", () => {
  const uses: PrivateUse[] = [
    { mode: "bytes", secrets: [SHOP] },
    { mode: "open", secrets: [DESK] },
  ];
  assertEquals(
    shown(candidates(uses, { node: ["file"], there: ["shop/regcred", "desk/regcred"] })),
    [
      "image file +",
      "image desk/regcred",
      "bytes shop/regcred",
    ],
  );
});

Deno.test("a Secret of a namespace that wants bytes never opens the image for another", () => {
  const uses: PrivateUse[] = [
    { mode: "open", secrets: [] },
    { mode: "bytes", secrets: [SHOP] },
  ];
  assertEquals(shown(candidates(uses, { there: ["shop/regcred"] })), ["bytes shop/regcred"]);
});

Deno.test("where bytes are wanted the node's own logins give bytes", () => {
  const uses: PrivateUse[] = [{ mode: "bytes", secrets: [] }];
  assertEquals(shown(candidates(uses, { node: ["file"] })), ["bytes file +"]);
});

Deno.test("a Secret that two pods name is tried once", () => {
  const uses: PrivateUse[] = [
    { mode: "bytes", secrets: [SHOP] },
    { mode: "bytes", secrets: [SHOP, DESK], placements: [{}] },
  ];
  const found = candidates(uses, { there: ["shop/regcred"] });
  assertEquals(shown(found), ["bytes shop/regcred"]);
  assertEquals(found.awaited, [DESK]);
});

function candidates(
  uses: readonly PrivateUse[],
  { node = [], there = [] }: { node?: string[]; there?: string[] },
): Candidates<string> {
  const ofSecret = ({ namespace, name }: PullSecret) =>
    there.filter((secret) => secret === `${namespace}/${name}`);
  return loginCandidates(uses, { node, ofSecret });
}

function shown({ candidates }: Candidates<string>): string[] {
  return candidates.map(({ login, as = "-", forPublic }) =>
    `${as} ${login}${forPublic ? " +" : ""}`
  );
}
