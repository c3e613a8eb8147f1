import { runCommand } from "../harness/commands.ts";
import { sourceCommand } from "../harness/programs.ts";
import { obtainWitness } from "../harness/tools/witnesses.ts";

/** What the manifests of a folder ask for. */
export interface Reading {
  /** By image, the objects that ask for it: `Kind namespace/name`. */
  readonly images: Readonly<Record<string, readonly string[]>>;
}

/** What Kubernetes' own reader finds. */
export interface WitnessReading extends Reading {
  readonly files: number;
  readonly objects: readonly string[];
  /** Objects that the API server would not take as they are written. */
  readonly refused: readonly string[];
  /** Documents that cannot be read, one line each. */
  readonly faults: readonly string[];
}

/** The kinds that the witness follows. */
const KINDS: readonly string[] = [
  ...["CronJob", "DaemonSet", "Deployment", "Job"],
  ...["Pod", "ReplicaSet", "ReplicationController", "StatefulSet"],
];

/** Reads the manifests of a folder by Kubernetes' own code. */
export async function readByKubernetes(folder: string): Promise<WitnessReading> {
  const { code, stdout, stderr } = await runCommand(await obtainWitness("reader"), [folder]);
  if (code !== 0) throw new Error(`Kubernetes' reader failed: ${stderr}`);
  const faults = stderr.split("\n").filter((line) => line !== "");
  return { ...JSON.parse(stdout), faults };
}

/** Reads them as a user does: by `plan`. */
export async function readByUs(folder: string): Promise<Reading> {
  const flags = ["plan", "--manifests", folder, "--kinds", KINDS.join(" "), "--output", "json"];
  const [command, args] = sourceCommand("controller", flags);
  const { stdout, stderr } = await runCommand(command, args);
  if (stdout === "") throw new Error(`plan failed: ${stderr}`);
  const rows: readonly PlanRow[] = JSON.parse(stdout);
  const images = rows.map(({ image, reasons }) => [image, reasons.map(title)]);
  return { images: Object.fromEntries(images) };
}

interface PlanRow {
  readonly image: string;
  readonly reasons: readonly Reason[];
}

interface Reason {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function title({ kind, namespace, name }: Reason): string {
  return `${kind} ${namespace}/${name}`;
}

/** One line for each image of an object that one of the readers alone finds. */
export function readingDifferences(theirs: WitnessReading, ours: Reading): string[] {
  const refused = new Set(theirs.refused);
  const [known, found] = [pairsOf(theirs), pairsOf(ours)];
  return [...found.symmetricDifference(known)]
    .filter((pair) => !refused.has(objectIn(pair)))
    .map((pair) => `${found.has(pair) ? "we alone find" : "Kubernetes alone finds"} ${pair}`);
}

function pairsOf({ images }: Reading): Set<string> {
  return new Set(
    Object.entries(images).flatMap(([image, objects]) =>
      // Some put a star behind the prefix of names to come.
      objects.map((object) => `${object.replace(/\*(?: \(\d+\))?$/, "")}: ${image}`)
    ),
  );
}

function objectIn(pair: string): string {
  return pair.slice(0, pair.indexOf(": "));
}
