/**
 * API groups of Kubernetes itself, and of the API servers that it comes with: none of their objects
 * names an image that the built-in kinds do not.
 */
export const OWN_GROUPS: ReadonlySet<string> = new Set([
  ...["apps", "autoscaling", "batch", "extensions", "policy"],
  ...[
    ...["admissionregistration", "apiextensions", "apiregistration", "authentication"],
    ...["authorization", "certificates", "coordination", "custom.metrics", "discovery", "events"],
    ...["external.metrics", "flowcontrol.apiserver", "internal.apiserver", "metrics"],
    ...["networking", "node", "rbac.authorization", "resource", "scheduling", "storage"],
    "storagemigration",
  ].map((name) => `${name}.k8s.io`),
]);
