import { GUIDE } from "../documents/guide_sections.ts";
import { sectionFile } from "../documents/sections.ts";
import type { NatsAccess } from "./nats_access.ts";

/** Passwords of the users in the configuration on mod/README.md for a shared NATS. */
export const NATS_USERS = {
  "controller": "controller-of-the-tests",
  "worker-1": "worker-of-the-tests",
} as const;

/** The configuration on mod/README.md for a shared NATS, with the harness's passwords; the node may be another. */
export async function sharedNatsConfig(node = "worker-1"): Promise<string> {
  const text = await sectionFile(GUIDE.sharedNats, "warm-images-users.conf");
  return text
    .replace("$CONTROLLER_PASSWORD", JSON.stringify(NATS_USERS.controller))
    .replace("$WORKER_1_PASSWORD", JSON.stringify(NATS_USERS["worker-1"]))
    .replaceAll("worker-1", node);
}

/** The same server for one of its users; every node of `sharedNatsConfig()` has one password. */
export function asNatsUser(settings: NatsAccess, username: string): NatsAccess {
  const password = username === "controller" ? NATS_USERS.controller : NATS_USERS["worker-1"];
  return { ...settings, username, password };
}
