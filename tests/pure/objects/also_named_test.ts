import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { imagesAlsoNamed } from "../../../mod/pure/objects/also_named.ts";
import { object, workloadOf } from "./asked_by.ts";

function inEnv(name: string, value: unknown): string[] {
  return written({ env: [{ name, value }] });
}

function inArgs(...args: unknown[]): string[] {
  return written({ args });
}

function written(container: Record<string, unknown>): string[] {
  return imagesAlsoNamed({ containers: [container] }).map((want) => want.written);
}

Deno.test("variables that are called after images name images", () => {
  const names = [
    "RELATED_IMAGE_DB",
    "DB_IMAGE",
    "dbImage",
    "IMAGE",
    "default_image",
    "KAFKA_IMAGES",
  ];
  for (const name of names) {
    assertEquals(inEnv(name, "example.com/db:1"), ["example.com/db:1"], name);
  }
  for (const name of ["DB", "IMAGE_TAG", "IMAGE_PULL_POLICY", "IMAGE_REPOSITORY"]) {
    assertEquals(inEnv(name, "example.com/db:1"), [], name);
  }
});

Deno.test("only a reference with a registry or a tag is taken for one", () => {
  const taken = ["db:1", "example.com/db", "example.com:5000/a/b", "localhost/db", "org/db:1.2"];
  for (const text of [...taken, `db@sha256:${"a".repeat(64)}`]) {
    assertEquals(inEnv("DB_IMAGE", text), [text]);
  }
  for (
    const text of ["", "true", "org/db", "db", "$(OTHER):1", "https://example.com/a:1", "Bad:1"]
  ) {
    assertEquals(inEnv("DB_IMAGE", text), [], text);
  }
  assertEquals(inEnv("DB_IMAGE", { valueFrom: "x" }), []);
});

Deno.test("a list has one image for each version", () => {
  const text = "3.6.0=example.com/kafka:3.6\n3.7.0=example.com/kafka:3.7\n";
  assertEquals(inEnv("KAFKA_IMAGES", text), ["example.com/kafka:3.6", "example.com/kafka:3.7"]);
  assertEquals(inArgs("--images=1.2=a:1,1.3=b:1, c:1"), ["a:1", "b:1", "c:1"]);
});

Deno.test("arguments that are called after images name images, after = or as the next one", () => {
  assertEquals(inArgs("--image=db:1"), ["db:1"]);
  assertEquals(inArgs("-acme-http01-solver-image=example.com/solver:1"), [
    "example.com/solver:1",
  ]);
  assertEquals(inArgs("run", "--db-image", "db:1", "--other", "x:1"), ["db:1"]);
  assertEquals(inArgs("--db-image", "--verbose"), []);
  assertEquals(written({ command: ["/manager", "--image=db:1"] }), ["db:1"]);
});

Deno.test("arguments of any other name need a registry and a tag, so that addresses do not count", () => {
  assertEquals(inArgs("--config-reloader=example.com/reloader:1"), ["example.com/reloader:1"]);
  for (const value of ["localhost:8080", "0.0.0.0:9090", "example.com/path", "db:1", "a/b:1"]) {
    assertEquals(inArgs(`--listen=${value}`), [], value);
  }
  assertEquals(inArgs("example.com/a:1", "--", "--x", "example.com/b:1"), []);
});

Deno.test("all containers of a workload are looked at; its revisions are not", () => {
  const env = [{ name: "DB_IMAGE", value: "db:1" }];
  const containers = [{ name: "main", image: "example/a:1", env }];
  const initContainers = [{ name: "init", image: "example/i:1", args: ["--image=init:1"] }];
  const spec = { template: { spec: { containers, initContainers } } };
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]) {
    const also = workloadOf(object("apps/v1", kind, { spec }))?.also;
    assertEquals(also?.map(({ container, from, reference }) => [container, from, reference]), [
      ["init", "args", "docker.io/library/init:1"],
      ["main", "env", "docker.io/library/db:1"],
    ]);
  }
  const owner = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "a",
    uid: "u",
    controller: true,
  };
  const metadata = { name: "a-1", namespace: "x", ownerReferences: [owner] };
  assertEquals(workloadOf(object("apps/v1", "ReplicaSet", { metadata, spec }))?.also, undefined);
  const plain = { template: { spec: { containers: [{ name: "main", image: "example/a:1" }] } } };
  assertEquals(workloadOf(object("apps/v1", "Deployment", { spec: plain }))?.also, undefined);
});

Deno.test("containers of other kinds are looked at as well", () => {
  const containers = [{ image: "example/a:1", args: ["--image=db:1"] }];
  const raw = object("apps.kruise.io/v1alpha1", "CloneSet", {
    spec: { template: { spec: { containers } } },
  });
  assertEquals(workloadOf(raw)?.also?.map((want) => want.written), ["db:1"]);
});

Deno.test("very long texts take little time", () => {
  const long = "a:".repeat(500_000);
  assertEquals(inEnv("DB_IMAGE", long), []);
  assertEquals(inArgs(`--image=${long}`, `--x=${"a.".repeat(500_000)}`), []);
  assertEquals(inEnv("DB_IMAGES", "x=y,".repeat(200_000)), []);
});

Deno.test("any shape of a container is looked at without an error", () => {
  const container = fc.record({ env: fc.anything(), args: fc.anything(), command: fc.anything() });
  fc.assert(fc.property(fc.array(fc.oneof(container, fc.anything())), (containers) => {
    imagesAlsoNamed({ containers, initContainers: containers });
  }));
});
