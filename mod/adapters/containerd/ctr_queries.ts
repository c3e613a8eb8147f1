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
  adviceOn,
  type CheckedImage,
  type Download,
  nobodyListens,
  parseChecks,
  parseDownloads,
  parseNames,
  parseSnapshots,
  parseVersions,
  type Unpacking,
} from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import type { Ctr, CtrAnswer } from "./ctr_process.ts";

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
export function ctrQueries(ctr: Ctr, target: CtrTarget): CtrQueries {
  const ask = async (args: readonly string[], { signal }: QueryOptions): Promise<string> => {
    const answer = await ctr.ask(args, { signal });
    if (answer.code !== 0) throw unavailable(target, answer);
    return answer.stdout;
  };
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
      const answer = await ctr.ask(checkArguments(references, target), { signal });
      const images = parseChecks(answer.stdout, answer.stderr);
      // ctr exits with 1 when any image lacks this platform, and lists all of them all the same
      if (answer.code !== 0 && images.size === 0) throw unavailable(target, answer);
      return images;
    },
    downloads: async (options) => parseDownloads(await ask(activeArguments(target), options)),
    unpacking: async (options) => parseSnapshots(await ask(snapshotsArguments(target), options)),
  };
}

function unavailable(target: CtrTarget, answer: CtrAnswer): RuntimeUnavailableError {
  const said = answer.stderr.split("\n").findLast((line) => line.startsWith("ctr: "));
  const why = said?.slice("ctr: ".length, 400) ?? `ctr ended with code ${answer.code}`;
  return new RuntimeUnavailableError(
    `containerd at "${target.address}" does not answer, ${adviceOn(why)} (${why})`,
    { lost: nobodyListens(why) },
  );
}
