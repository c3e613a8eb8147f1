import type { FakeApiSession, FakeFollower } from "../../harness/fakes/fake_api_session.ts";
import { waitUntil } from "../../harness/wait.ts";

/** Waits until the kind is listed and watched. */
export async function watching(session: FakeApiSession, follower: FakeFollower): Promise<void> {
  await waitUntil(
    "the watch is open",
    () => follower.count("synced") > 0 && session.server.watches > 0,
  );
}

/** Waits until exactly these names are known. */
export async function knows(follower: FakeFollower, names: string): Promise<void> {
  await waitUntil(`"${names}" is known`, () => [...follower.names].sort().join(" ") === names);
}

/** How often the watch of Deployments began again for this reason. */
export function restarts(session: FakeApiSession, reason: string): number {
  const labels = { kind: "Deployment", reason };
  return session.metrics.total("warm_images_watch_restarts_total", labels);
}
