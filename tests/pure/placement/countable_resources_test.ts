import { assertEquals } from "@std/assert";
import {
  allocatableResources,
  namedResources,
} from "../../../mod/pure/placement/countable_resources.ts";

const limits = (quantities: Record<string, unknown>) => ({ resources: { limits: quantities } });

Deno.test("a node has to have each countable resource of which any container asks for some", () => {
  const { nonZero } = namedResources({
    initContainers: [
      limits({ "example.com/loader": 1 }),
      { restartPolicy: "Always", ...limits({ "example.com/sidecar": "1" }) },
    ],
    containers: [limits({ "nvidia.com/gpu": "2", cpu: "4", memory: "1Gi" })],
    ephemeralContainers: [limits({ "example.com/none": 1 })],
  });
  assertEquals(nonZero, ["example.com/loader", "example.com/sidecar", "nvidia.com/gpu"]);
});

Deno.test("a resource of which none is asked for is tolerated, and no node needs it", () => {
  for (const zero of [0, "0", "0.0", "0Ki", "0m", "0e3", "+0", "-0"]) {
    const named = namedResources({ containers: [limits({ "example.com/device": zero })] });
    assertEquals(named, { extended: ["example.com/device"], nonZero: [] }, `${zero}`);
  }
  for (const some of [1, "1", "100m", "1e3", "0.5", "1Ki"]) {
    const { nonZero } = namedResources({ containers: [limits({ "example.com/device": some })] });
    assertEquals(nonZero, ["example.com/device"], `${some}`);
  }
});

Deno.test("a request counts before the limit", () => {
  const resources = { limits: { "a.com/b": 1 }, requests: { "a.com/b": 0 } };
  assertEquals(namedResources({ containers: [{ resources }] }).nonZero, []);
});

Deno.test("huge pages are countable, of a container as of the whole pod, and never tolerated", () => {
  const named = namedResources({
    resources: { limits: { "hugepages-1Gi": "2Gi", memory: "4Gi", "example.com/device": 1 } },
    containers: [limits({ "hugepages-2Mi": "64Mi" })],
  });
  assertEquals(named, { extended: [], nonZero: ["hugepages-1Gi", "hugepages-2Mi"] });
});

Deno.test("names that Kubernetes keeps for itself are no extended resources", () => {
  const asked = {
    "kubernetes.io/batch-cpu": 1,
    "deviceclass.resource.kubernetes.io/gpu": 1,
    "requests.example.com/x": 1,
    "Not A Name/x": 1,
    pods: 1,
  };
  const { extended, nonZero } = namedResources({ containers: [limits(asked)] });
  assertEquals(extended, []);
  assertEquals(nonZero, ["kubernetes.io/batch-cpu"], "no node has what a claim allocates");
});

Deno.test("a node has what is allocatable of it, and not what it has none of", () => {
  const allocatable = {
    cpu: "4",
    "nvidia.com/gpu": "1",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "1Gi",
  };
  assertEquals(allocatableResources(allocatable), ["hugepages-2Mi", "nvidia.com/gpu"]);
});
