import { nodeKeyKey, sealedPrefix, SEALER_KEY } from "../bucket/sealed_keys.ts";
import { beatKey, encodeName, META_KEY, nodeKey, reportKey } from "../bucket/state_keys.ts";

/** Subjects that a user of NATS may publish to and subscribe to. */
export interface UserPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * Prefix of a node's inboxes where it has a user of its own by its token. The name is one part, without
 * dots: `_INBOX.agent.a.>` would hear what is for a node called `a.b`.
 */
export const nodeInbox = (node: string): string =>
  `_INBOX.agent.${encodeName(node).replaceAll(".", "=2E")}`;

/**
 * All that the agent of one node needs of the bucket, and nothing that is of another node. A user for
 * all nodes together, as the chart has without a user per node, gets the same with `>` for what is the
 * node's own.
 */
export function nodePermissions(node: string, bucket: string): UserPermissions {
  const report = reportKey(node);
  return permissions(bucket, {
    read: [META_KEY, "wanted.>", nodeKey(node), SEALER_KEY, `${sealedPrefix(node)}>`],
    write: [beatKey(node), report, `part.*.${report.replace(/^report\./, "")}`, nodeKeyKey(node)],
    inbox: `${nodeInbox(node)}.>`,
  });
}

/** The same for the one user that all agents share. */
export function sharedPermissions(bucket: string): UserPermissions {
  return permissions(bucket, {
    read: [META_KEY, "wanted.>", "node.>", SEALER_KEY, "sealed.>"],
    write: ["beat.>", "report.>", "part.>", "key.>"],
    inbox: "_INBOX.agent.>",
  });
}

function permissions(
  bucket: string,
  { read, write, inbox }: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    readonly inbox: string;
  },
): UserPermissions {
  const stream = `KV_${bucket}`;
  const subjectOf = (key: string) => `$KV.${bucket}.${key}`;
  // Keys that agents look at instead of watching them; else any value could be read by its name.
  const looked = read.filter((key) => key === META_KEY || key === SEALER_KEY);
  return {
    publish: [
      "$JS.API.INFO",
      `$JS.API.STREAM.INFO.${stream}`,
      ...looked.map((key) => `$JS.API.DIRECT.GET.${stream}.${subjectOf(key)}`),
      // A consumer's filter is part of the subject it is asked for by.
      ...read.map((key) => `$JS.API.CONSUMER.CREATE.${stream}.*.${subjectOf(key)}`),
      `$JS.FC.${stream}.>`,
      ...write.map(subjectOf),
    ],
    subscribe: [inbox, `$JS.EVENT.ADVISORY.STREAM.*.${stream}`],
  };
}
