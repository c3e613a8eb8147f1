/** What identifies a kind: groups may have kinds of the same name, such as Volcano's `Job`. */
export interface GroupKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** Whether both name the same kind. */
export function isSameKind(left: GroupKind, right: GroupKind): boolean {
  return left.kind === right.kind && left.group === right.group;
}

/** The group of an `apiVersion` such as `apps/v1`; empty for the core group's `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
