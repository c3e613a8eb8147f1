import { assertEquals } from "@std/assert";
import { boundKey, boundTo } from "../../../mod/pure/sealed_logins/bound_to.ts";

const NODE = { name: "n1", uid: "u1" };
const ABOUT = {
  image: "reg.lab/app:1",
  namespace: "shop",
  secret: "regcred",
  version: "1",
  at: "2026-01-01T00:00:00Z",
  expires: "2026-01-01T00:10:00Z",
};

Deno.test("each part of what a login is bound to makes another text of it", () => {
  const texts = [boundTo(NODE, ABOUT), boundKey("n1")];
  for (const part of ["name", "uid"]) texts.push(boundTo({ ...NODE, [part]: "x" }, ABOUT));
  for (const part of Object.keys(ABOUT)) texts.push(boundTo(NODE, { ...ABOUT, [part]: "x" }));
  assertEquals(new Set(texts).size, texts.length);
});

Deno.test("no part can pose as two", () => {
  for (const end of ["\n", '"\n"', "\\n", '\\"\n\\"']) {
    const moved = { ...ABOUT, image: `a${end}b`, namespace: "c" };
    const other = { ...ABOUT, image: "a", namespace: `b${end}c` };
    assertEquals(boundTo(NODE, moved) === boundTo(NODE, other), false);
  }
});
