import {
  activeArguments,
  checkArguments,
  type CtrTarget,
  listArguments,
  snapshotsArguments,
  versionArguments,
} from "../../pure/pulls/ctr_arguments.ts";
import type { CtrVersions } from "../../pure/pulls/ctr_versions.ts";
import {
  type CheckedImage,
  type Download,
  parseChecks,
  parseDownloads,
  parseNames,
  parseSnapshots,
  parseVersions,
  type Unpacking,
} from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import { askCtr, unavailable } from "./ask_ctr.ts";
import type { Ctr } from "./ctr_process.ts";
import type { Snapshotter } from "./snapshotter.ts";

interface QueryOptions {
  readonly signal: AbortSignal;
}

/** Queries of containerd; none reaches a registry. All throw `RuntimeUnavailableError`. */
export interface CtrQueries {
  versions(options: QueryOptions): Promise<CtrVersions>;
  /** Names of all images. */
  names(options: QueryOptions): Promise<string[]>;
  /** What containerd holds of these images; absent ones have no entry. */
  check(references: readonly string[], options: QueryOptions): Promise<Map<string, CheckedImage>>;
  downloads(options: QueryOptions): Promise<readonly Download[]>;
  unpacking(options: QueryOptions): Promise<Unpacking>;
}

/** Queries the containerd at `target` through `ctr`. */
export function ctrQueries(ctr: Ctr, target: CtrTarget, snapshotter: Snapshotter): CtrQueries {
  const ask = (args: readonly string[], options: QueryOptions): Promise<string> =>
    askCtr(ctr, target, args, options);
  return {
    async versions(options) {
      const stdout = await ask(versionArguments(target), options);
      const versions = parseVersions(stdout);
      if (versions !== undefined) return versions;
      throw new RuntimeUnavailableError(
        `Cannot read the versions that ctr prints: ${JSON.stringify(stdout.slice(0, 200))}`,
      );
    },
    names: async (options) => parseNames(await ask(listArguments(target), options)),
    async check(references, { signal }) {
      if (references.length === 0) return new Map();
      const name = await snapshotter.find({ signal });
      const answer = await ctr.ask(checkArguments(references, target, name), { signal });
      const images = parseChecks(answer.stdout, answer.stderr);
      // ctr exits with 1 when any image lacks this platform, and lists all of them all the same
      const isMistaken = answer.stderr.includes(`snapshotter not loaded: ${name}`);
      if (answer.code !== 0 && (images.size === 0 || isMistaken)) throw unavailable(target, answer);
      return images;
    },
    downloads: async (options) => parseDownloads(await ask(activeArguments(target), options)),
    async unpacking(options) {
      const name = await snapshotter.find(options);
      return parseSnapshots(await ask(snapshotsArguments(target, name), options));
    },
  };
}
