import { identityOf, isAlive, type ProcessIdentity } from "../proc.ts";

/** The process with which a cluster ends. */
interface ClusterOwner extends ProcessIdentity {
  /** Its process namespace: what it calls this id is another process elsewhere. */
  readonly namespace: string;
}

/** Notes that the cluster in this folder ends with this process, whatever ends it. */
export async function writeOwner(folder: string): Promise<void> {
  const identity = await identityOf(Deno.pid);
  if (identity === undefined) throw new Error("This process cannot read its own state in /proc");
  const owner: ClusterOwner = { ...identity, namespace: await ownNamespace() };
  // At once: somebody who sweeps may read it meanwhile.
  await Deno.writeTextFile(`${ownerFile(folder)}.new`, JSON.stringify(owner));
  await Deno.rename(`${ownerFile(folder)}.new`, ownerFile(folder));
}

/** Whether the cluster in this folder should have ended with a process that is gone. */
export async function isOrphaned(folder: string): Promise<boolean> {
  const text = await Deno.readTextFile(ownerFile(folder)).catch(() => undefined);
  if (text === undefined) return false;
  const owner: ClusterOwner = JSON.parse(text);
  return owner.namespace === await ownNamespace() && !await isAlive(owner);
}

function ownNamespace(): Promise<string> {
  return Deno.readLink("/proc/self/ns/pid");
}

function ownerFile(folder: string): string {
  return `${folder}/owner.json`;
}
