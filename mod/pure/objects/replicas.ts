import { type Fields, fieldsOf } from "./raw_value.ts";

/** Whether an object such as a ReplicaSet asks for no pods, and has none left; one is the default. */
export function hasNoReplicas(raw: Fields): boolean {
  const wanted = fieldsOf(raw["spec"])["replicas"] ?? 1;
  const present = fieldsOf(raw["status"])["replicas"] ?? 0;
  return wanted === 0 && present === 0;
}
