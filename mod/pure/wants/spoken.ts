import type { Asked } from "./asked.ts";
import type { ShapeChange } from "./shape_change.ts";

/** What a workload asks for, and what its pods show now that its templates do not say. */
export interface Spoken {
  readonly asked: readonly Asked[];
  /** Canonical references that its templates name, and by what pods show none of them asks for. */
  readonly contradicted: ReadonlySet<string>;
  /** Undefined: it has no pods that could show anything. */
  readonly changes: readonly ShapeChange[] | undefined;
}
