import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf } from "../asked_by.ts";

function of(kind: string, spec: Record<string, unknown>) {
  return object("monitoring.coreos.com/v1", kind, { spec });
}

for (const [kind, container] of [["Prometheus", "prometheus"], ["Alertmanager", "alertmanager"]]) {
  Deno.test(`${kind}: its image is wanted where the selectors beside it say`, () => {
    const raw = of(`${kind}`, {
      image: "example/own:1",
      version: "v9",
      baseImage: "example/base",
      nodeSelector: { pool: "monitoring" },
      tolerations: [{ key: "m", operator: "Exists" }],
    });
    assertEquals(imagesOf(raw), [["example/own:1"]]);
    assertEquals(placementsOf(raw)["example/own:1"], {
      nodeSelector: { pool: "monitoring" },
      tolerations: [{ key: "m", operator: "Exists" }],
    });
  });

  Deno.test(`${kind}: further containers count, changes without an image are no fault`, () => {
    const containers = [{ name: container, args: ["x"] }, {
      name: "auth",
      image: "example/auth:1",
    }];
    const initContainers = [{ name: "init", image: "example/init:1" }];
    const raw = of(`${kind}`, { image: "example/own:1", containers, initContainers });
    assertEquals(imagesOf(raw), [["example/own:1", "example/auth:1", "example/init:1"]]);
    assertEquals(faultsOf(raw), []);
  });

  Deno.test(`${kind}: the image of a change replaces its own`, () => {
    const containers = [{ name: container, image: "example/changed:1" }];
    const raw = of(`${kind}`, { image: "example/own:1", containers });
    assertEquals(imagesOf(raw), [["example/changed:1"]]);
  });

  Deno.test(`${kind}: without an image the operator knows it`, () => {
    assertEquals(imagesOf(of(`${kind}`, { version: "v2" })), [[]]);
    assertEquals(faultsOf(of(`${kind}`, { version: "v2" })), []);
  });
}

Deno.test("the sidecar of Thanos counts", () => {
  const spec = { image: "example/own:1", thanos: { image: "example/thanos:1" } };
  assertEquals(imagesOf(of("Prometheus", spec)), [["example/own:1", "example/thanos:1"]]);
});
