import { assertEquals } from "@std/assert";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { lackedImages } from "../../../mod/pure/sealed_logins/lacked_images.ts";
import {
  loginWishes,
  type PrivateImage,
  withinMost,
} from "../../../mod/pure/sealed_logins/login_wishes.ts";
import { sampleNode } from "../../harness/fakes/sample_values.ts";

const AT = "2026-01-02T00:00:00Z";

Deno.test("a node lacks what it does not report as warm or skipped, and has failed since then", () => {
  const fleet = new Fleet();
  const images = {
    "warm:1": { state: "warm", since: AT },
    "skipped:1": { state: "skipped", since: AT },
    "pulling:1": { state: "pulling", since: AT },
    "failed:1": { state: "failed", since: AT },
    "undated:1": { state: "failed", since: "?" },
    "public:1": { state: "failed", since: AT },
  };
  fleet.putReport({ v: 1, node: "n1", agent: "0.3.0", at: AT, images }, 0);
  const node = fleet.nodes.get("n1");
  const asked = new Set(["unheard:1", ...Object.keys(images)]);
  asked.delete("public:1");
  assertEquals(node && [...lackedImages(node, asked)], [
    ["unheard:1", 0],
    ["pulling:1", 0],
    ["failed:1", Date.parse(AT)],
    ["undated:1", 1],
  ]);
});

Deno.test("what has failed comes last, and of that first what failed last", () => {
  const images = ["old:1", "new:1", "urgent:1", "later:1"].map(privateImage);
  const lacked = new Map([["old:1", 1_000], ["new:1", 2_000], ["urgent:1", 0], ["later:1", 0]]);
  const wished = loginWishes(images, sampleNode("n1"), lacked).map(({ image }) => image);
  assertEquals(wished, ["urgent:1", "later:1", "new:1", "old:1"]);
});

Deno.test("a node has logins for twenty images at a time; what may not run there, or needs no Secret, takes nobody's place", () => {
  const named = (name: string) =>
    Array.from({ length: 25 }, (_, at) => privateImage(`${name}:${at}`));
  const elsewhere = named("elsewhere").map((image) => ({
    ...image,
    placements: [{ nodeSelector: { pool: "gpu" } }],
  }));
  const own = named("own").map((image) => ({
    ...image,
    private: [{ mode: "bytes" as const, secrets: [] }],
  }));
  const all = [...elsewhere, ...own, ...named("app")];
  const lacked = new Map(all.map(({ reference }) => [reference, 0]));
  assertEquals(
    loginWishes(all, sampleNode("n1"), lacked).map(({ image }) => image),
    named("app").slice(0, 20).map(({ reference }) => reference),
  );
});

Deno.test("each Secret that pods of the node name for an image has a key of its own", () => {
  const names = ["a", "b", "a.b", "a/b"];
  const uses = names.map((name) => ({
    mode: "bytes" as const,
    secrets: [{ namespace: "shop", name }],
  }));
  const image = { ...privateImage("app:1"), private: uses };
  const wishes = loginWishes([image], sampleNode("n1"), new Map([["app:1", 0]]));
  assertEquals(new Set(wishes.map(({ key }) => key)).size, names.length);
});

Deno.test("no more logins are given than the bucket is to hold, and each node has its share", () => {
  const wishes = [["a1", "a2", "a3"], ["b1"], ["c1", "c2"]];
  assertEquals(withinMost(wishes, 6), ["a1", "a2", "a3", "b1", "c1", "c2"]);
  assertEquals(withinMost(wishes, 5), ["a1", "b1", "c1"]);
  assertEquals(withinMost(wishes, 2), ["a1", "b1", "c1"], "one each, however many nodes");
});

function privateImage(reference: string): PrivateImage {
  const secrets = [{ namespace: "shop", name: "regcred" }];
  return { reference, priority: 0, placements: [{}], private: [{ mode: "bytes", secrets }] };
}
