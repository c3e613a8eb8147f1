import type { Logger } from "../../ports/logger.ts";
import {
  containerArguments,
  containersArguments,
  type CtrTarget,
} from "../../pure/pulls/ctr_arguments.ts";
import { parseContainer, parseContainers } from "../../pure/pulls/container_output.ts";
import {
  type ContainerRecord,
  containersToAsk,
  DEFAULT_SNAPSHOTTER,
  findSnapshotter,
  startsLazily,
} from "../../pure/pulls/snapshotter_choice.ts";
import { askCtr } from "./ask_ctr.ts";
import type { Ctr } from "./ctr_process.ts";

/** Which of containerd's snapshotters kubelet's containers use: images are unpacked for one. */
export interface Snapshotter {
  /** Its name by the last answer; the default of containerd until there is one. */
  readonly name: string;
  /** Finds its name; asks containerd only now and then. Throws `RuntimeUnavailableError`. */
  find(options: { readonly signal: AbortSignal }): Promise<string>;
  /** containerd was away, and its configuration may have changed: the next `find()` asks. */
  forget(): void;
}

/** A configuration changes with a restart, but containers that use it come later. */
const KNOWN_FOR_MS = 60 * 60_000;
/** Without any container, as on a node that has just been started, the answer comes soon. */
const UNKNOWN_FOR_MS = 30_000;

/** `given` is the name, or "auto": then containers' own records tell. */
export function openSnapshotter(
  given: string,
  deps: {
    readonly ctr: Ctr;
    readonly target: CtrTarget;
    readonly logger: Logger;
    /** A monotonic clock, in ms. */
    readonly now?: (() => number) | undefined;
  },
): Snapshotter {
  const { ctr, target, logger, now = () => performance.now() } = deps;
  let name = given === "auto" ? DEFAULT_SNAPSHOTTER : given;
  let askAt = given === "auto" ? -Infinity : Infinity;
  let [found, runtime]: [string | undefined, string | undefined] = [undefined, undefined];
  let told = "";
  let toldOthers = "";
  const tell = () => {
    if (told === name) return;
    told = name;
    if (startsLazily(name)) {
      logger.warn("Nothing is pulled on this node, its snapshotter starts containers lazily", {
        snapshotter: name,
      });
    } else if (name !== DEFAULT_SNAPSHOTTER) {
      logger.info("Images are unpacked for another snapshotter", { snapshotter: name });
    }
  };
  const tellOthers = (others: readonly string[]) => {
    const text = others.join(", ");
    if (text === "" || text === toldOthers) return;
    toldOthers = text;
    logger.info("Containers here use several snapshotters, images are unpacked for one", {
      snapshotter: name,
      others: text,
    });
  };
  return {
    get name() {
      return name;
    },
    async find(options) {
      if (now() < askAt) {
        tell();
        return name;
      }
      const read = await readRecords(ctr, target, { ...options, runtime });
      const finding = findSnapshotter(read.records, found);
      const isKnown = read.records.length > 0;
      // Where several are used, looking again would only find another one by chance.
      const knownForMs = finding.others.length > 0 ? Infinity : KNOWN_FOR_MS;
      askAt = now() + (isKnown ? knownForMs : UNKNOWN_FOR_MS);
      [found, runtime] = [finding.name, read.runtime];
      name = found ?? name;
      tell();
      tellOthers(finding.others);
      return name;
    },
    forget() {
      if (given === "auto") askAt = -Infinity;
    },
  };
}

/** Reads records of some containers with the runtime that is the usual one, and tells which it is. */
async function readRecords(
  ctr: Ctr,
  target: CtrTarget,
  { runtime: before, ...options }: {
    readonly signal: AbortSignal;
    readonly runtime: string | undefined;
  },
): Promise<{ readonly runtime: string | undefined; readonly records: ContainerRecord[] }> {
  const listed = parseContainers(await askCtr(ctr, target, containersArguments(target), options));
  const records: ContainerRecord[] = [];
  const { runtime, ids } = containersToAsk(listed, before);
  for (const id of ids) {
    // One that is gone by now has no record: ctr fails then.
    const { code, stdout } = await ctr.ask(containerArguments(id, target), options);
    const record = code === 0 ? parseContainer(stdout) : undefined;
    if (record !== undefined && record.snapshotter !== "") records.push(record);
  }
  return { runtime, records };
}
