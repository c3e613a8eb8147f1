/** One request of a program in a pod that changed something, as the API server's audit log has it. */
export interface AuditedWrite {
  /** In lower case: "create", "update", "patch", "delete". */
  readonly verb: string;
  /** "nodes", or "nodes/status". */
  readonly resource: string;
  /** Of the object; empty where the server chose it. */
  readonly name: string;
  /** "system:serviceaccount:NAMESPACE:NAME". */
  readonly user: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** When it was answered, in ms since the epoch. */
  readonly atMs: number;
}

/**
 * Tells writes of all accounts that pods have, and nothing of Kubernetes' own controllers, which
 * write without end.
 */
export const AUDIT_POLICY = JSON.stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"] },
    {
      level: "Metadata",
      userGroups: ["system:serviceaccounts"],
      verbs: ["create", "update", "patch", "delete", "deletecollection"],
    },
    { level: "None" },
  ],
});

/** Reads the whole log: an event in JSON on each line. The last line may be half written yet. */
export function readAuditLog(text: string): AuditedWrite[] {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => {
    const { verb, user, objectRef = {}, responseStatus, stageTimestamp } = JSON.parse(line);
    const { resource = "", subresource, name = "" } = objectRef;
    return {
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      name,
      user: user.username,
      status: responseStatus?.code ?? 0,
      atMs: Date.parse(stageTimestamp),
    };
  });
}
