import { type Fields, fieldsOf } from "../../pure/objects/raw_value.ts";
import type { RawObject } from "./watch_event.ts";

/** The fields of a coordination.k8s.io/v1 Lease that an election needs. */
export interface LeaseRecord {
  /** Empty when nobody holds the lease. */
  readonly holder: string;
  readonly durationMs: number;
  /** Changes with each renewal; only compared, never read as a time, because clocks differ. */
  readonly renewTime: string;
  readonly transitions: number;
  readonly acquireTime: string;
  /**
   * Metadata as they were read, to be written back: labels and annotations are others' (Helm's,
   * kubectl's, Argo CD's), and a write replaces the whole object. Its `resourceVersion` names the
   * version that was read: a write over a newer one is refused with 409.
   */
  readonly metadata: Fields;
}

/** Reads a Lease; one without a `spec` is one that nobody holds. */
export function readLease(raw: unknown): LeaseRecord {
  const lease = fieldsOf(raw);
  const { managedFields: _ofTheServer, ...metadata } = fieldsOf(lease["metadata"]);
  const spec = fieldsOf(lease["spec"]);
  return {
    holder: textOf(spec["holderIdentity"]),
    durationMs: numberOf(spec["leaseDurationSeconds"]) * 1000,
    renewTime: textOf(spec["renewTime"]),
    transitions: numberOf(spec["leaseTransitions"]),
    acquireTime: textOf(spec["acquireTime"]),
    metadata,
  };
}

/** Makes the Lease object to write; without `metadata` it is a new one. */
export function writeLease(
  lease: { readonly name: string; readonly namespace: string },
  record: Omit<LeaseRecord, "metadata"> & Partial<Pick<LeaseRecord, "metadata">>,
): RawObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...record.metadata, ...lease },
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
