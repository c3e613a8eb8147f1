import { type Passwords, type User, USERS } from "./login_names.ts";

/** What a Secret holds, decoded. */
export type SecretTexts = Readonly<Record<string, string>>;

/** The key of the agents' password in their own Secret. */
export const COPY_KEY = "password";

/**
 * What the Secret beside NATS holds: each password as a program reads it, and as a piece of NATS'
 * configuration, which is included. (In a variable, NATS would take `12345678`, `10k` or `true` for
 * something else than a text and not start: nats-server 2.9.10 and 2.14.5.)
 */
export function masterTexts(passwords: Passwords): SecretTexts {
  return Object.fromEntries(USERS.flatMap((user) => [
    [user, passwords[user]],
    [`${user}.conf`, `password: "${escaped(passwords[user])}"\n`],
  ]));
}

/** Keys of what logins of single nodes are answered for by, in the Secret beside NATS. */
export const NODE_USER_KEYS = { seeds: "node-users", config: "node-users.conf" } as const;

/** What logins of nodes are answered for by: seeds for controllers, and what NATS is told of them. */
export interface NodeUserTexts {
  readonly seeds: string;
  readonly config: string;
}

/** The same in the Secret; both belong together. */
export function nodeUserTexts({ seeds, config }: NodeUserTexts): SecretTexts {
  return { [NODE_USER_KEYS.seeds]: seeds, [NODE_USER_KEYS.config]: config };
}

/** Reads them; undefined: one is missing. */
export function nodeUsersIn(texts: SecretTexts | undefined): NodeUserTexts | undefined {
  const seeds = texts?.[NODE_USER_KEYS.seeds];
  const config = texts?.[NODE_USER_KEYS.config];
  return seeds && config ? { seeds, config } : undefined;
}

/** The password of a user in a Secret made by us or by hand; undefined: there is none. */
export function passwordIn(texts: SecretTexts | undefined, key: string): string | undefined {
  // What an editor or `echo` put behind it: the programs cut that off as well.
  return texts?.[key]?.trim() || undefined;
}

/**
 * The passwords that an earlier Secret of the chart holds: each under its user's name, or, until
 * chart 0.1.0, in NATS' whole configuration.
 */
export function earlierPassword(texts: SecretTexts | undefined, user: User): string | undefined {
  const written = new RegExp(`user: "${user}"\\s+password: "([^"\\\\]+)"`);
  return passwordIn(texts, user) ?? written.exec(texts?.["nats.conf"] ?? "")?.[1];
}

/** A text within double quotes of NATS' configuration. */
function escaped(text: string): string {
  return text.replace(/["\\]/g, (sign) => `\\${sign}`);
}
