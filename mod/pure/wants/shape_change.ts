import { inKeyOrder } from "../in_key_order.ts";
import type { Placement, PodShape, Want } from "../objects/observed.ts";
import { orderedTolerations } from "../placement/pod_placement.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";

/**
 * What pods showed that their template does not say: a sidecar that a webhook adds, a registry that
 * it rewrites, tolerations that admission gives.
 */
export interface ShapeChange {
  readonly template: PodShape;
  readonly pod: PodShape;
  /** Name of the ReplicaSet that had made such a pod, where it was one. */
  readonly from?: string | undefined;
}

/** Whether two specifications ask for the same images, on the same nodes. */
export function sameShape(left: PodShape, right: PodShape): boolean {
  return left === right ||
    sameWants(left.wants, right.wants) && left.runtimeClass === right.runtimeClass &&
      samePlacement(left.placement, right.placement);
}

/**
 * Whether a pod may be of this template: each container that it has in common with it has the image,
 * or one of another registry that is called the same.
 */
export function mayBeOf(pod: PodShape, template: PodShape): boolean {
  let common = 0;
  for (const want of template.wants) {
    const found = pod.wants.find(({ container }) => container === want.container);
    if (found === undefined) continue;
    if (lastPart(found.reference) !== lastPart(want.reference)) return false;
    common++;
  }
  return common > 0 || template.wants.length === 0;
}

/** What pods of another template are likely to ask for, after what pods of the first showed. */
export function withChange({ template, pod }: ShapeChange, next: PodShape): PodShape {
  const pullSecrets = changedSecrets(template.pullSecrets, pod.pullSecrets, next.pullSecrets);
  if (sameShape(template, next)) {
    return sameTexts(pullSecrets, pod.pullSecrets) ? pod : { ...pod, pullSecrets };
  }
  const known = byContainer(template.wants);
  const shown = byContainer(pod.wants);
  const prefixes = rewrittenPrefixes(known, shown);
  const kept = next.wants.filter(({ container }) => !known.has(container) || shown.has(container));
  const named = byContainer(next.wants);
  const added = pod.wants.filter(({ container }) => !known.has(container) && !named.has(container));
  const rewritten = kept.map((want) => rewrittenWant(want, { known, shown, prefixes }));
  return withoutUnset({
    ...next,
    wants: [...rewritten, ...added],
    placement: changedPlacement(template.placement, pod.placement, next.placement),
    runtimeClass: next.runtimeClass ?? pod.runtimeClass,
    pullSecrets,
  });
}

/** Whether two specifications name the same pull secrets; admission adds those of ServiceAccounts. */
export function sameSecrets(left: PodShape, right: PodShape): boolean {
  return sameTexts(left.pullSecrets, right.pullSecrets);
}

/** Those of a ServiceAccount, which pods of a template without any have, are not added to others. */
function changedSecrets(
  template: readonly string[],
  pod: readonly string[],
  next: readonly string[],
): readonly string[] {
  if (template.length === 0) return next.length > 0 ? next : pod;
  const added = pod.filter((name) => !template.includes(name));
  return added.length === 0 ? next : [...new Set([...next, ...added])];
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}

type Wants = ReadonlyMap<string, Want>;

function byContainer(wants: readonly Want[]): Wants {
  return new Map(wants.map((want) => [want.container, want]));
}

/** Beginnings of references that were rewritten to others, such as `docker.io/` to `mirror/hub/`. */
function rewrittenPrefixes(known: Wants, shown: Wants): ReadonlyMap<string, string> {
  const prefixes = new Map<string, string>();
  for (const [container, { reference: from }] of known) {
    const to = shown.get(container)?.reference;
    if (to === undefined || to === from) continue;
    const length = commonEnd(from, to);
    if (length === 0) continue;
    prefixes.set(from.slice(0, from.length - length), to.slice(0, to.length - length));
  }
  return prefixes;
}

/** Length of the whole path components that both end with. */
function commonEnd(left: string, right: string): number {
  const [ours, theirs] = [left.split("/"), right.split("/")];
  let length = 0;
  while (ours.length > 1 && theirs.length > 1) {
    const [our, their] = [ours.pop() ?? "", theirs.pop() ?? ""];
    if (our !== their) break;
    length += our.length + (length === 0 ? 0 : 1);
  }
  return length;
}

function rewrittenWant(
  want: Want,
  { known, shown, prefixes }: { known: Wants; shown: Wants; prefixes: ReadonlyMap<string, string> },
): Want {
  const before = known.get(want.container);
  const after = shown.get(want.container);
  if (before !== undefined && after !== undefined && before.reference === want.reference) {
    return after;
  }
  for (const [from, to] of prefixes) {
    if (!want.reference.startsWith(from)) continue;
    const reference = to + want.reference.slice(from.length);
    return { ...want, written: reference, reference };
  }
  return want;
}

function changedPlacement(template: Placement, pod: Placement, next: Placement): Placement {
  if (samePlacement(template, pod)) return next;
  if (samePlacement(template, next)) return pod;
  const had = new Set((template.tolerations ?? []).map((each) => JSON.stringify(each)));
  const added = (pod.tolerations ?? []).filter((each) => !had.has(JSON.stringify(each)));
  const labels = { ...addedLabels(template, pod), ...next.nodeSelector };
  const sameAffinity = JSON.stringify(template.affinity) === JSON.stringify(pod.affinity);
  return withoutUnset({
    nodeSelector: unlessEmpty(Object.fromEntries(inKeyOrder(Object.entries(labels)))),
    affinity: sameAffinity ? next.affinity : pod.affinity,
    tolerations: unlessEmpty(orderedTolerations([...next.tolerations ?? [], ...added])),
    os: next.os ?? pod.os,
    resources: next.resources,
  });
}

function addedLabels(template: Placement, pod: Placement): Readonly<Record<string, string>> {
  const had = template.nodeSelector ?? {};
  const labels = Object.entries(pod.nodeSelector ?? {});
  return Object.fromEntries(labels.filter(([key]) => !Object.hasOwn(had, key)));
}

function sameWants(left: readonly Want[], right: readonly Want[]): boolean {
  return left.length === right.length && left.every(({ reference, container }, index) => {
    const other = right[index];
    return other?.reference === reference && other.container === container;
  });
}

function samePlacement(left: Placement, right: Placement): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function lastPart(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
