import { assert, assertEquals } from "@std/assert";
import type { PrivateCluster } from "../../harness/private_images/private_cluster.ts";

/** Forgets what was asked so far and does something; resolves to what the registry was asked then. */
export async function asked(
  on: PrivateCluster,
  fn: () => Promise<unknown>,
): Promise<readonly string[]> {
  on.front.forgetRequests();
  await fn();
  return on.front.requests().map(({ method, path, status }) => `${method} ${path} ${status}`);
}

/**
 * What a pod's own pull may ask for when the node has the bytes: two HEAD for the manifest, and what
 * it is refused before it shows its login, to the registry or to its token service.
 */
export function assertNoBytes(requests: readonly string[], who: string): void {
  const given = requests.filter((each) => !/ 401$|^(?:GET|POST) \/token /.test(each));
  assert(given.length >= 1 && given.length <= 2, `${who}: ${requests.join(", ")}`);
  assertEquals(given.filter((each) => !/^HEAD \S+\/manifests\/\S+ 200$/.test(each)), [], who);
}
