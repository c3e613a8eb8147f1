import type { CtrVersions } from "./ctr_versions.ts";
import type { Lease } from "./lease_choice.ts";

/** What `ctr images check` says of one image. */
export interface CheckedImage {
  /** Whether a container could start from it. */
  readonly unpacked: boolean;
  /** Size of its compressed content, if known. */
  readonly bytes?: number | undefined;
  /** Such as `sha256:…`. */
  readonly digest: string;
  /** Whether it holds anything for this machine's platform. */
  readonly platform: boolean;
  /** As printed: `complete (7/7)`, `incomplete (1/6)`, `unavailable (0/?)`. */
  readonly content: string;
}

/** Reads `ctr version`; undefined when a version is missing. */
export function parseVersions(stdout: string): CtrVersions | undefined {
  const [, client] = /^Client:\n(?: .*\n)*? +Version: +(\S+)/m.exec(stdout) ?? [];
  const [, server] = /^Server:\n(?: .*\n)*? +Version: +(\S+)/m.exec(stdout) ?? [];
  return client === undefined || server === undefined ? undefined : { client, server };
}

/** ctr 1.x tries a missing socket until it times out; of a hung daemon it says something else. */
const NO_SOCKET = /cannot access socket .*: no such file|dial unix:\/\/.*: timeout/;

/**
 * Whether ctr says that nobody listens at containerd's socket, in the words of ctr 1.6 to 2.4. A
 * containerd that hangs, or whose socket may not be opened, does listen.
 */
export function nobodyListens(said: string): boolean {
  return /dial unix .*: connection refused/.test(said) || NO_SOCKET.test(said);
}

/** What to do about a containerd that ctr could not reach, by what ctr said. */
export function adviceOn(said: string): string {
  if (/dial unix .*: permission denied|cannot access socket .*: permission denied/.test(said)) {
    return "as its socket may not be opened: run as root, and see that SELinux or AppArmor allow it";
  }
  if (NO_SOCKET.test(said)) {
    return "as there is no socket: check --containerd-address and that it runs";
  }
  if (/snapshotter not loaded: /.test(said)) return "as to this snapshotter: check --snapshotter";
  return "check that it runs";
}

/** Reads `ctr images ls -q`: one name a line. */
export function parseNames(stdout: string): string[] {
  return stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/**
 * Reads `ctr images check`. Only the column UNPACKED tells whether a container could start: a
 * runtime may have dropped the compressed layers of a usable image. Only stderr names the images
 * that have nothing for this platform.
 */
export function parseChecks(stdout: string, stderr: string): Map<string, CheckedImage> {
  const checked = new Map<string, CheckedImage>();
  for (const line of stdout.split("\n")) {
    const row = CHECK_ROW.exec(line)?.groups;
    if (row === undefined) continue;
    const { reference = "", digest = "", content = "", total = "", unpacked } = row;
    checked.set(reference, {
      unpacked: unpacked === "true",
      platform: !stderr.includes(`unable to check unpack for ${reference}: no match for platform`),
      content,
      bytes: parseSize(total),
      digest,
    });
  }
  return checked;
}

/** REF TYPE DIGEST STATUS SIZE UNPACKED; a size is `1.1 MiB/1.1 MiB` (here/in all) or `0.0 B/?`. */
const CHECK_ROW =
  /^(?<reference>\S+)\s+\S+\s+(?<digest>sha256:\S+)\s+(?<content>\S+ \(\S+\))\s+.*\/(?<total>[^/]+?)\s+(?<unpacked>true|false)\s*$/;

/** Reads a size as ctr prints it (`31.6 MiB`, binary units); undefined for `?`. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) (B|KiB|MiB|GiB|TiB)$/.exec(text.trim());
  if (match === null) return undefined;
  const power = ["B", "KiB", "MiB", "GiB", "TiB"].indexOf(match[2] ?? "B");
  return Math.round(Number(match[1]) * 1024 ** power);
}

/** One download as `ctr content active` shows it. */
export interface Download {
  /** Kind and digest, such as `layer-sha256:…`. */
  readonly ref: string;
  /** How much has arrived, as printed: with four digits, so it changes with every MB up to 10 GB. */
  readonly size: string;
  /** Least time since it began; a download that a later pull resumes keeps its age. */
  readonly ageSeconds: number;
}

/** Reads `ctr content active`: running downloads, and unfinished ones that ended pulls have left. */
export function parseDownloads(stdout: string): Download[] {
  return rows(stdout).map(([ref = "", size = "", ...age]) => ({
    ref,
    size,
    ageSeconds: parseAge(age.join(" ")),
  }));
}

const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
};

/** "Less than a second", "1 second", "About a minute", "3 hours"; anything else counts as a week. */
function parseAge(text: string): number {
  if (text.startsWith("Less than")) return 0;
  const [, count, unit = ""] = /^(\d+|About an?) ([a-z]+?)s?$/.exec(text) ?? [];
  return (count === undefined || count.startsWith("About") ? 1 : Number(count)) *
    (SECONDS[unit] ?? SECONDS.week ?? 0);
}

/** What `ctr snapshots ls` says of unpacking. */
export interface Unpacking {
  /** Keys of the layers being unpacked now. */
  readonly layers: readonly string[];
  /** Names of the layers unpacked so far, all images together. */
  readonly committed: readonly string[];
}

/** Reads `ctr snapshots ls`: KEY PARENT KIND. */
export function parseSnapshots(stdout: string): Unpacking {
  const all = rows(stdout).map((row) => ({ key: row[0] ?? "", kind: row.at(-1) }));
  const layers = all.filter(({ key }) => key.startsWith("extract-")).map(({ key }) => key).sort();
  const committed = all.filter(({ kind }) => kind === "Committed").map(({ key }) => key);
  return { layers, committed };
}

/** As Go's client of containerd makes ids of leases that nobody names (`leases.WithRandomID`). */
const LEASE_ID = /^\d{1,9}-[\w-]{4}$/;
const LEASE_DAYS = 1;

/** Whether `text` has the form of ids that ctr and kubelet's pulls give to their leases. */
export function isLeaseId(text: string): boolean {
  return LEASE_ID.test(text);
}

/** A lease of whatever form, as `ctr leases ls` shows it. */
export interface ListedLease extends Lease {
  /** All of them, as printed: `name=value`, by commas. */
  readonly labels: string;
}

/** Reads `ctr leases ls`: ID CREATED-AT LABELS. */
export function parseLeaseRows(stdout: string): ListedLease[] {
  return rows(stdout).map(([id = "", created = "", ...labels]) => ({
    id,
    createdAt: Date.parse(created),
    labels: labels.join(" "),
  })).filter(({ id, createdAt }) => id !== "" && !Number.isNaN(createdAt));
}

/**
 * Reads `ctr leases ls`. Only those of the form that a pull gives to its own:
 * a made up id, and one label, by which it ends after a day.
 */
export function parseLeases(stdout: string): Lease[] {
  const leases: Lease[] = [];
  for (const { id, createdAt, labels } of parseLeaseRows(stdout)) {
    if (!isLeaseId(id)) continue;
    const ends = /^containerd\.io\/gc\.expire=(\S+)$/.exec(labels)?.[1];
    const days = (Date.parse(ends ?? "") - createdAt) / 86_400_000;
    // Client and daemon may see the second change between them.
    if (Math.abs(days - LEASE_DAYS) < 0.001) leases.push({ id, createdAt });
  }
  return leases;
}

/** The rows of a table below its header, cut into words. */
export function rows(stdout: string): string[][] {
  const lines = stdout.split("\n").slice(1).map((line) => line.trim());
  return lines.filter((line) => line !== "").map((line) => line.split(/\s+/));
}
