import { assertEquals } from "@std/assert";
import { namedImages, nearestImages } from "../../../mod/pure/why/named_images.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;
const KNOWN = [
  "docker.io/library/nginx:1.25",
  "docker.io/library/nginx:1.26",
  "docker.io/library/redis:7",
  "docker.io/bitnami/nginx:1.25",
  "quay.io/team/api:v2",
  `quay.io/team/api@${DIGEST}`,
  "localhost:5000/debug:latest",
];

const ASKED: readonly [string, readonly string[]][] = [
  ["nginx:1.25", ["docker.io/library/nginx:1.25"]],
  ["docker.io/library/nginx:1.25", ["docker.io/library/nginx:1.25"]],
  ["index.docker.io/nginx:1.25", ["docker.io/library/nginx:1.25"]],
  ["nginx", ["docker.io/library/nginx:1.25", "docker.io/library/nginx:1.26"]],
  ["redis", ["docker.io/library/redis:7"]],
  ["bitnami/nginx", ["docker.io/bitnami/nginx:1.25"]],
  [`quay.io/team/api:v9@${DIGEST}`, [`quay.io/team/api@${DIGEST}`]],
  [DIGEST.slice(0, 20), [`quay.io/team/api@${DIGEST}`]],
  ["TEAM/API:v", ["quay.io/team/api:v2"]],
  [" localhost:5000/debug ", ["localhost:5000/debug:latest"]],
  ["nginx:1.24", []],
  ["postgres", []],
  ["", []],
];

for (const [asked, images] of ASKED) {
  Deno.test(`"${asked}" means ${images.join(", ") || "none of the known images"}`, () => {
    assertEquals(namedImages(asked, KNOWN), images);
  });
}

Deno.test("nearest are those that are called alike, whatever their registry", () => {
  assertEquals(nearestImages("ngnix:1.25", KNOWN).slice(0, 2), [
    "docker.io/bitnami/nginx:1.25",
    "docker.io/library/nginx:1.25",
  ]);
  assertEquals(nearestImages("reddis", KNOWN), ["docker.io/library/redis:7"]);
  assertEquals(nearestImages("something-else-entirely", KNOWN), []);
});
