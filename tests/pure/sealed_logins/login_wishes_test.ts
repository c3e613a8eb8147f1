import { assertEquals } from "@std/assert";
import {
  loginWishes,
  type PrivateImage,
  type Standing,
} from "../../../mod/pure/sealed_logins/login_wishes.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";

const NODE: ObservedNode = {
  name: "n1",
  uid: "uid-n1",
  labels: {},
  taints: [],
  architecture: "amd64",
  os: "linux",
  unschedulable: false,
  skip: false,
};
const SECRET = { namespace: "shop", name: "regcred" };

function images(count: number, name = "app"): PrivateImage[] {
  return Array.from({ length: count }, (_, at) => ({
    reference: `reg.lab/${name}:${at}`,
    priority: 0,
    placements: [{}],
    private: [{ mode: "bytes", secrets: [SECRET] }],
  }));
}

function wished(all: readonly PrivateImage[], standings: Record<string, Standing>): string[] {
  const standingOf = (reference: string) =>
    Object.entries(standings).find(([part]) => reference.includes(part))?.[1] ?? "lacks";
  return loginWishes(all, NODE, standingOf).map(({ image }) => image);
}

Deno.test("a node wishes for logins of twenty images that it lacks, the first ones", () => {
  const all = images(30);
  assertEquals(wished(all, {}), all.slice(0, 20).map(({ reference }) => reference));
  assertEquals(wished(all, { "app": "has" }), []);
});

Deno.test("images that fail for good keep none that nobody has tried from its login", () => {
  const all = [...images(25, "broken"), ...images(3, "fine")];
  const now = wished(all, { broken: "failed" });
  assertEquals(now.slice(0, 3), ["reg.lab/fine:0", "reg.lab/fine:1", "reg.lab/fine:2"]);
  assertEquals(now.length, 20, "what is left goes to those that fail, as that may end");
});

Deno.test("what may not run there, or needs no Secret, takes nobody's place", () => {
  const elsewhere = images(25, "elsewhere").map((image) => ({
    ...image,
    placements: [{ nodeSelector: { pool: "gpu" } }],
  }));
  const own = images(25, "own").map((image) => ({
    ...image,
    private: [{ mode: "bytes" as const, secrets: [] }],
  }));
  assertEquals(wished([...elsewhere, ...own, ...images(1)], {}), ["reg.lab/app:0"]);
});

Deno.test("each Secret that pods of the node name for an image has a key of its own", () => {
  const [image] = images(1);
  const names = ["a", "b", "a.b", "a/b"];
  const uses = names.map((name) => ({
    mode: "bytes" as const,
    secrets: [{ namespace: "shop", name }],
  }));
  const wishes = loginWishes([{ ...image as PrivateImage, private: uses }], NODE, () => "lacks");
  assertEquals(new Set(wishes.map(({ key }) => key)).size, names.length);
});
