import { assertEquals } from "@std/assert";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { namedIn, notFoundText } from "../../../mod/pure/fleet/named.ts";

const fleet = new Fleet();
for (const node of ["web", "web-2", "db-1"]) {
  fleet.putReport({ v: 1, node, agent: "", at: "", images: {} }, 0);
}
const images = ["docker.io/library/nginx:1", "quay.io/shop/web:1", "quay.io/shop/web:1-alpine"];
for (const reference of images) {
  fleet.putWanted({ v: 1, reference, priority: 0, placements: [], pullSecrets: [] });
}

for (
  const [text, nodes, images] of [
    ["web", ["web"], []],
    ["web-", ["web-2"], []],
    ["quay.io/shop/web:1", [], ["quay.io/shop/web:1"]],
    ["shop/web", [], ["quay.io/shop/web:1", "quay.io/shop/web:1-alpine"]],
    ["WEB", ["web", "web-2"], ["quay.io/shop/web:1", "quay.io/shop/web:1-alpine"]],
    ["nginx", [], ["docker.io/library/nginx:1"]],
    ["none", [], []],
    ["", [], []],
  ] as const
) {
  Deno.test(`"${text}" names what is called so, else what has it in its name`, () => {
    assertEquals(namedIn(fleet, text), { nodes, images });
  });
}

Deno.test("what is called alike is named where nothing is found", () => {
  assertEquals(
    notFoundText(fleet, "postgres-db-1"),
    'No node or image is called "postgres-db-1" or has that in its name',
  );
  assertEquals(
    notFoundText(fleet, "dbb-1"),
    'No node or image is called "dbb-1" or has that in its name; nearest: db-1',
  );
});
