/** Users of the NATS that the chart starts. */
export const USERS = ["controller", "agent"] as const;

/** One of these users. */
export type User = typeof USERS[number];

/** A password for each user. */
export type Passwords = Readonly<Record<User, string>>;

/** Names of what holds logins; the chart's templates have the same, and a test compares them. */
export interface LoginNames {
  /** Secret with both passwords, beside NATS. */
  readonly master: string;
  /** Secret with the agents' password, in the agents' namespace. */
  readonly copy: string;
  /** Secret beside NATS that held passwords when the chart itself made or was given them. */
  readonly earlier: string;
  /** The workload that is NATS. */
  readonly nats: string;
}

/** The names, made from the chart's own name for the release, such as `wi-warm-images`. */
export function loginNames(fullname: string): LoginNames {
  const nats = `${fullname}-nats`;
  return { master: `${nats}-logins`, copy: `${fullname}-agent-login`, earlier: nats, nats };
}
