import { assertEquals } from "@std/assert";
import { imagesOf, object, workloadOf } from "../asked_by.ts";

const INSTANCE = {
  domain: { firmware: { kernelBoot: { container: { image: "example/kernel:1" } } } },
  nodeSelector: { zone: "a" },
  tolerations: [{ key: "vm", operator: "Exists" }],
  volumes: [
    { name: "root", containerDisk: { image: "example/disk:1", imagePullSecret: "s" } },
    { name: "data", persistentVolumeClaim: { claimName: "d" } },
    { name: "local", containerDisk: { image: "example/local:1", imagePullPolicy: "Never" } },
  ],
};

const MACHINE = object("kubevirt.io/v1", "VirtualMachine", {
  spec: { runStrategy: "Halted", template: { spec: INSTANCE } },
});

function instance(status: Record<string, unknown>) {
  return object("kubevirt.io/v1", "VirtualMachineInstance", { spec: INSTANCE, status });
}

Deno.test("disks and the kernel of a virtual machine are images, whether it runs or not", () => {
  assertEquals(imagesOf(MACHINE), [["example/disk:1", "example/kernel:1"]]);
  assertEquals(imagesOf(instance({ phase: "Running" })), [["example/disk:1", "example/kernel:1"]]);
});

Deno.test("a virtual machine runs on nodes that KubeVirt has found able to, where it says", () => {
  const [shape] = workloadOf(MACHINE)?.shapes ?? [];
  assertEquals(shape?.placement, {
    nodeSelector: { "kubevirt.io/schedulable": "true", zone: "a" },
    tolerations: [{ key: "vm", operator: "Exists" }],
  });
  assertEquals(shape?.pullSecrets, ["s"]);
});

Deno.test("an instance that has ended wants nothing, nor does a machine without such disks", () => {
  assertEquals(workloadOf(instance({ phase: "Succeeded" })), undefined);
  assertEquals(workloadOf(instance({ phase: "Failed" })), undefined);
  const spec = { template: { spec: { volumes: [{ name: "data", dataVolume: { name: "d" } }] } } };
  assertEquals(workloadOf(object("kubevirt.io/v1", "VirtualMachine", { spec })), undefined);
});
