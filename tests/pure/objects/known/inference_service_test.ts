import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

function service(spec: Record<string, unknown>) {
  return object("serving.kserve.io/v1beta1", "InferenceService", { spec });
}

const GPU = { limits: { "nvidia.com/gpu": "1" } };

Deno.test("each component is a pod of its own", () => {
  const raw = service({
    predictor: { containers: [{ image: "example/p:1" }], nodeSelector: { pool: "gpu" } },
    transformer: { containers: [{ image: "example/t:1" }] },
    explainer: { containers: [{ image: "example/e:1" }] },
  });
  assertEquals(placementsOf(raw), {
    "example/p:1": { nodeSelector: { pool: "gpu" } },
    "example/t:1": {},
    "example/e:1": {},
  });
});

Deno.test("a model that comes as an image is wanted where its server runs", () => {
  for (const server of ["model", "sklearn", "huggingface"]) {
    const storageUri = "oci://example.com/models/llama:3";
    const raw = service({ predictor: { [server]: { storageUri, resources: GPU } } });
    assertEquals(imagesOf(raw), [["example.com/models/llama:3"]]);
    assertEquals(workloadOf(raw)?.shapes[0]?.placement.resources, ["nvidia.com/gpu"]);
  }
});

Deno.test("only what kubelet pulls of a model's places is an image", () => {
  const of = (storageUri: string) =>
    imagesOf(service({ predictor: { model: { image: "server", storageUri } } }))[0];
  assertEquals(of("oci+native://example.com/m:1"), ["server", "example.com/m:1"]);
  assertEquals(of("oci+modelcar://example.com/m:1"), ["server", "example.com/m:1"]);
  assertEquals(of("oci+fetch://example.com/m:1"), ["server"]);
  assertEquals(of("s3://bucket/m"), ["server"]);
  const many = { storageUris: [{ uri: "gs://a/b" }, { uri: "oci://example.com/n:1" }] };
  assertEquals(imagesOf(service({ predictor: many })), [["example.com/n:1"]]);
});

Deno.test("workers of a predictor are pods of their own", () => {
  const workerSpec = { containers: [{ image: "worker" }], nodeSelector: { pool: "big" } };
  const raw = service({ predictor: { model: { image: "head" }, workerSpec } });
  assertEquals(placementsOf(raw), { head: {}, worker: { nodeSelector: { pool: "big" } } });
});

Deno.test("a faulty model is named by its field, a server without an image is no fault", () => {
  const model = { modelFormat: { name: "x" }, storageUri: "oci://Example.com/Bad" };
  assertEquals(faultsOf(service({ predictor: { model } })), [
    "spec.predictor.model.storageUri: repository name must be lowercase",
  ]);
});

Deno.test("a service whose runtime knows all images wants nothing itself", () => {
  const predictor = { model: { modelFormat: { name: "sklearn" }, runtime: "r" }, minReplicas: 1 };
  assertEquals(workloadOf(service({ predictor })), undefined);
});
