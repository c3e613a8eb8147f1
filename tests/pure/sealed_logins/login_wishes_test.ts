import { assertEquals } from "@std/assert";
import {
  imagesAtATime,
  type LackedImage,
  loginWishes,
} from "../../../mod/pure/sealed_logins/login_wishes.ts";
import type { PullSecret } from "../../../mod/pure/private_images/private_use.ts";

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
