import { type Passwords, type User, USERS } from "./login_names.ts";
import {
  COPY_KEY,
  earlierPassword,
  masterTexts,
  NODE_USER_KEYS,
  nodeUsersIn,
  type NodeUserTexts,
  nodeUserTexts,
  passwordIn,
  type SecretTexts,
} from "./login_texts.ts";

/** What the cluster holds of logins; undefined: there is no such object. */
export interface FoundLogins {
  readonly master: { readonly texts: SecretTexts; readonly revision: string } | undefined;
  readonly copy: SecretTexts | undefined;
  readonly earlier: SecretTexts | undefined;
  /** The workload that is NATS, and the revision that its pods were made for; empty: the first. */
  readonly nats: { readonly revision: string } | undefined;
}

/** Where a password comes from: from the objects of `FoundLogins`, else it is made up. */
export type Origin = "master" | "copy" | "earlier" | "made up";

/** What is to be written; a part that is undefined stays as it is. */
export interface LoginPlan {
  readonly origins: Readonly<Record<User, Origin>>;
  readonly master: { readonly texts: SecretTexts; readonly revision: string } | undefined;
  readonly copy: SecretTexts | undefined;
  /** NATS reads its logins when it starts: the revision that its pods are to be made anew for. */
  readonly restart: string | undefined;
}

/** What a plan may make up; all of it is random. */
export interface FreshLogins {
  readonly passwords: Passwords;
  readonly nodeUsers: NodeUserTexts;
  readonly revision: string;
}

/**
 * Decides what is missing. A password that is anywhere stays what it is: in the Secret beside NATS,
 * which is what NATS runs with; else in the agents' own; else in what an earlier chart left.
 *
 * A revision stands for logins that differ from those NATS runs with. It is no hash of them, as pods
 * can be read by many.
 */
export function planLogins(found: FoundLogins, fresh: FreshLogins): LoginPlan {
  const chosen = USERS.map((user) => [user, choose(found, fresh, user)] as const);
  const origins = byUser(chosen.map(([user, { origin }]) => [user, origin]));
  const passwords = byUser(chosen.map(([user, { password }]) => [user, password]));
  const ofUsers = masterTexts(passwords);
  const ofNodes = nodeUserTexts(nodeUsersIn(found.master?.texts) ?? fresh.nodeUsers);
  const texts = { ...ofUsers, ...ofNodes };
  const master = holds(found.master?.texts, texts)
    ? undefined
    : { texts, revision: revisionOf(found, origins, fresh, ofUsers) };
  const copy = { [COPY_KEY]: passwords.agent };
  const revision = (master ?? found.master)?.revision ?? "";
  return {
    origins,
    master,
    copy: holds(found.copy, copy) ? undefined : copy,
    restart: found.nats !== undefined && found.nats.revision !== revision ? revision : undefined,
  };
}

function choose(
  { master, copy, earlier }: FoundLogins,
  fresh: FreshLogins,
  user: User,
): { readonly password: string; readonly origin: Origin } {
  const places: readonly (readonly [Origin, string | undefined])[] = [
    ["master", passwordIn(master?.texts, user)],
    ["copy", user === "agent" ? passwordIn(copy, COPY_KEY) : undefined],
    ["earlier", earlierPassword(earlier, user)],
  ];
  for (const [origin, password] of places) if (password !== undefined) return { password, origin };
  return { password: fresh.passwords[user], origin: "made up" };
}

/** Empty where NATS starts with these logins, or runs with them: nothing has to be made anew. */
function revisionOf(
  { nats, master }: FoundLogins,
  origins: Readonly<Record<User, Origin>>,
  fresh: FreshLogins,
  ofUsers: SecretTexts,
): string {
  if (nats === undefined) return "";
  // Of an earlier version, whose NATS was not told of users of nodes: its configuration changes first.
  const isEarlier = master?.texts[NODE_USER_KEYS.config] === undefined;
  if (master !== undefined && isEarlier && holds(master.texts, ofUsers)) return master.revision;
  const same = master === undefined && USERS.every((user) => origins[user] === "earlier");
  return same ? nats.revision : fresh.revision;
}

function holds(texts: SecretTexts | undefined, wanted: SecretTexts): boolean {
  return Object.entries(wanted).every(([key, text]) => texts?.[key] === text);
}

function byUser<T>(entries: readonly (readonly [User, T])[]): Readonly<Record<User, T>> {
  return Object.fromEntries(entries) as Record<User, T>;
}
