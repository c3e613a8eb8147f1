import { isObject, type RawObject } from "./watch_event.ts";

/** What a coordination.k8s.io/v1 Lease says, and the object it was read from. */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationMs: number;
  /** Changes with each renewal; compared, never read as a time: clocks differ. */
  readonly renewTime: string;
  readonly transitions: number;
  readonly acquireTime: string;
  /** Optimistic concurrency: a write with an old one is refused with 409. */
  readonly resourceVersion: string;
}

/** Reads a Lease; parts that are missing read as a lease that nobody holds. */
export function readLease(raw: unknown): LeaseRecord {
  const lease: RawObject = isObject(raw) ? raw : {};
  const metadata: RawObject = isObject(lease["metadata"]) ? lease["metadata"] : {};
  const spec: RawObject = isObject(lease["spec"]) ? lease["spec"] : {};
  return {
    holder: textOf(spec["holderIdentity"]),
    durationMs: numberOf(spec["leaseDurationSeconds"]) * 1000,
    renewTime: textOf(spec["renewTime"]),
    transitions: numberOf(spec["leaseTransitions"]),
    acquireTime: textOf(spec["acquireTime"]),
    resourceVersion: textOf(metadata["resourceVersion"]),
  };
}

/** Makes the Lease object to be written; without `resourceVersion` it is a new one. */
export function writeLease(
  lease: { readonly name: string; readonly namespace: string },
  record: Omit<LeaseRecord, "resourceVersion"> & { readonly resourceVersion?: string },
): RawObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      ...lease,
      ...(record.resourceVersion !== undefined && { resourceVersion: record.resourceVersion }),
    },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(record.durationMs / 1000)),
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
}

/** Kubernetes' MicroTime: exactly six digits after the point. */
export function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
