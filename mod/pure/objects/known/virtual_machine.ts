import { readAssembled } from "../assembled_pod.ts";
import type { ImageField } from "../images_in_pod.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { ReadShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "../raw_value.ts";

/** KubeVirt's VirtualMachine: its disks count whether it runs or not. */
export function observeVirtualMachine(raw: Fields, kind: string): Observed {
  const { spec } = fieldsOf(fieldsOf(raw["spec"])["template"]);
  return observeParts(raw, readInstance(spec, "spec.template.spec"), { kind });
}

/**
 * Whether a VirtualMachine is stopped, or is to be (`RunStrategyHalted`, `VirtualMachineStatusStopped`
 * of kubevirt/api core/v1). A running one has a VirtualMachineInstance.
 */
export function isHalted(raw: Fields): boolean {
  const { running, runStrategy } = fieldsOf(raw["spec"]);
  const { printableStatus } = fieldsOf(raw["status"]);
  return running === false || runStrategy === "Halted" || printableStatus === "Stopped";
}

/** KubeVirt's VirtualMachineInstance: wants nothing once it has ended. */
export function observeVirtualMachineInstance(raw: Fields, kind: string): Observed {
  const { phase } = fieldsOf(raw["status"]);
  const ended = phase === "Succeeded" || phase === "Failed";
  return observeParts(raw, readInstance(raw["spec"], "spec"), { kind, ended });
}

/**
 * The images that the pod of a VirtualMachineInstanceSpec (kubevirt/api core/v1) has as containers:
 * disks and a kernel. It is put on nodes that KubeVirt says are able to (`NodeSchedulable`).
 */
function readInstance(instance: unknown, path: string): ReadShape[] {
  const spec = fieldsOf(instance);
  const { kernelBoot } = fieldsOf(fieldsOf(spec["domain"])["firmware"]);
  const kernel = fieldsOf(kernelBoot)["container"];
  const sources: (readonly [name: string, at: string, source: unknown])[] = [
    ...itemsOf(spec["volumes"]).map((item, index) => {
      const { name, containerDisk } = fieldsOf(item);
      const at = `${path}.volumes[${index}].containerDisk`;
      return [`volumes/${textOf(name) ?? ""}`, at, containerDisk] as const;
    }),
    ["kernel", `${path}.domain.firmware.kernelBoot.container`, kernel],
  ];
  const given = sources.filter(([, , source]) => source !== undefined && source !== null);
  if (given.length === 0) return [];
  const nodeSelector = { ...fieldsOf(spec["nodeSelector"]), "kubevirt.io/schedulable": "true" };
  return [readAssembled({
    path,
    spec: {
      nodeSelector,
      affinity: spec["affinity"],
      tolerations: spec["tolerations"],
      priorityClassName: spec["priorityClassName"],
      imagePullSecrets: given.flatMap(([, , source]) => {
        const name = textOf(fieldsOf(source)["imagePullSecret"]);
        return name === undefined ? [] : [{ name }];
      }),
    },
    containers: [],
    images: given.map(([name, at, source]) => imageOf(name, at, source)),
  })];
}

function imageOf(container: string, path: string, source: unknown): ImageField {
  const { image, imagePullPolicy } = fieldsOf(source);
  return { container, field: `${path}.image`, value: image, policy: textOf(imagePullPolicy) };
}
