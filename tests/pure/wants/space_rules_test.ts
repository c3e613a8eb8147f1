import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ignoresImage, spaceFilter, type SpaceRules } from "../../../mod/pure/wants/space_rules.ts";

const rules: SpaceRules = { listSpaces: ["*"], ignoreSpaces: [], ignoreImages: [], listImages: [] };

function counted(changes: Partial<SpaceRules>, names: string[], skipped: string[] = []): string[] {
  return names.filter(spaceFilter({ ...rules, ...changes }, new Set(skipped)));
}

Deno.test("namespaces count when they are listed and not ignored", () => {
  const names = ["default", "kube-system", "kube-public", "team-a", "team-bc"];
  assertEquals(counted({}, names), names);
  assertEquals(counted({ listSpaces: [] }, names), []);
  assertEquals(counted({ listSpaces: ["team-?", "default"] }, names), ["default", "team-a"]);
  assertEquals(counted({ ignoreSpaces: ["kube-*"] }, names), ["default", "team-a", "team-bc"]);
  assertEquals(counted({ listSpaces: ["team-*"], ignoreSpaces: ["*-bc"] }, names), ["team-a"]);
});

Deno.test("a namespace with the skip mark does not count", () => {
  assertEquals(counted({}, ["a", "b"], ["b"]), ["a"]);
});

Deno.test("in a glob only the star and the question mark are special", () => {
  assertEquals(counted({ listSpaces: ["a.b", "c+", "(d)", "[e]", "**f**"] }, ["axb", "cc", "f"]), [
    "f",
  ]);
  assertEquals(counted({ listSpaces: ["a.b"] }, ["a.b"]), ["a.b"]);
});

Deno.test("any glob can be read, and a name without special characters matches itself alone", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (glob, name) => {
    const matches = spaceFilter({ ...rules, listSpaces: [glob] }, new Set())(name);
    if (!/[*?]/.test(glob)) assertEquals(matches, glob === name);
  }));
});

Deno.test("images are ignored by a text in the reference, as written or canonical", () => {
  const want = { written: "nginx", reference: "docker.io/library/nginx:latest" };
  const ignored = (...ignoreImages: string[]) => ignoresImage({ ...rules, ignoreImages }, want);
  assertEquals([ignored("nginx"), ignored("docker.io/"), ignored(":latest")], [true, true, true]);
  assertEquals([ignored("quay.io"), ignored(), ignored("")], [false, false, false]);
  const tagless = { written: "nginx:1@sha256:a", reference: "docker.io/library/nginx@sha256:a" };
  assertEquals(ignoresImage({ ...rules, ignoreImages: ["nginx:1"] }, tagless), true);
});
