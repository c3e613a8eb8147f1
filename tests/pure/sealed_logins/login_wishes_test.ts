import { assertEquals } from "@std/assert";
import {
  imagesAtATime,
  lackedHere,
  type LackedImage,
  loginWishes,
  type PrivateImage,
} from "../../../mod/pure/sealed_logins/login_wishes.ts";
import type { PullSecret } from "../../../mod/pure/private_images/private_use.ts";
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

const secret = (namespace: string): PullSecret => ({ namespace, name: "regcred" });

function lacked(namespace: string, count: number): LackedImage[] {
  return Array.from({ length: count }, (_, at) => ({
    reference: `reg.lab/${namespace}/app:${at}`,
    secrets: [secret(namespace)],
  }));
}

const all = { node: "n1", most: 20, gives: () => true };

Deno.test("images whose Secrets give no login keep no other from getting one", () => {
  const wishes = loginWishes([...lacked("broken", 50), ...lacked("shop", 1)], {
    ...all,
    gives: ({ namespace }) => namespace !== "broken",
  });
  assertEquals(wishes.map(({ image }) => image), ["reg.lab/shop/app:0"]);
});

Deno.test("Secrets take turns, so that one with a wrong password keeps no other from its turn", () => {
  const wishes = loginWishes([...lacked("wrong", 50), ...lacked("shop", 2)], all);
  assertEquals(wishes.length, 20);
  assertEquals(wishes.filter(({ secret }) => secret.namespace === "shop").length, 2);
});

Deno.test("with one Secret the most urgent images get its login", () => {
  const images = lacked("shop", 30);
  const given = loginWishes(images, all).map(({ image }) => image);
  assertEquals(given, images.slice(0, 20).map(({ reference }) => reference));
});

Deno.test("an image that many namespaces ask for takes a few logins at most", () => {
  const secrets = Array.from({ length: 50 }, (_, at) => secret(`team-${at}`));
  const wishes = loginWishes([{ reference: "reg.lab/base:1", secrets }], all);
  assertEquals(wishes.length, 8);
  assertEquals(new Set(wishes.map(({ key }) => key)).size, 8);
});

Deno.test("what lies in the bucket is bounded however many nodes lack images", () => {
  assertEquals([1, 1_000, 2_500, 5_000, 50_000].map(imagesAtATime), [20, 20, 8, 4, 4]);
});

Deno.test("each Secret that pods of the node name for an image has a key of its own", () => {
  const secrets = ["a", "b", "a.b", "a/b"].map((name) => ({ namespace: "shop", name }));
  const wishes = loginWishes([{ reference: "app:1", secrets }], all);
  assertEquals(new Set(wishes.map(({ key }) => key)).size, secrets.length);
});

Deno.test("what has failed comes last, and of that first what failed last", () => {
  const images = ["old:1", "new:1", "urgent:1", "later:1"].map((name) => privateImage(name));
  const lacked = new Map([["old:1", 1_000], ["new:1", 2_000], ["urgent:1", 0], ["later:1", 0]]);
  const here = lackedHere(images, NODE, lacked).map(({ reference }) => reference);
  assertEquals(here, ["urgent:1", "later:1", "new:1", "old:1"]);
});

Deno.test("a node lacks nothing that it has, may not run, or that needs no Secret", () => {
  const images = [
    privateImage("had:1"),
    { ...privateImage("elsewhere:1"), placements: [{ nodeSelector: { pool: "gpu" } }] },
    { ...privateImage("own:1"), private: [{ mode: "bytes" as const, secrets: [] }] },
    privateImage("app:1"),
  ];
  const lacked = new Map(["elsewhere:1", "own:1", "app:1"].map((name) => [name, 0]));
  const here = lackedHere(images, NODE, lacked).map(({ reference }) => reference);
  assertEquals(here, ["app:1"]);
});

function privateImage(reference: string): PrivateImage {
  const use = { mode: "bytes" as const, secrets: [secret("shop")] };
  return { reference, priority: 0, placements: [{}], private: [use] };
}
