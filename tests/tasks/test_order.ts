/** What kind of tests a file holds: its name says so. */
export type TestKind = "pure" | "real" | "e2e";

/** Reads it from the name. */
export function kindOf(file: string): TestKind {
  if (file.endsWith("_e2e_test.ts")) return "e2e";
  return file.endsWith("_real_test.ts") ? "real" : "pure";
}

/**
 * Files that take two minutes or so on two processors, the longest first. `test.ts` prints the slowest
 * in the end: that tells what belongs here.
 */
const LONGEST: readonly string[] = [
  "e2e/benefit_e2e_test.ts",
  "e2e/gate_e2e_test.ts",
  "e2e/bad_input_e2e_test.ts",
  "e2e/private_images_e2e_test.ts",
  "e2e/logins_e2e_test.ts",
  "e2e/private_policies_e2e_test.ts",
  "e2e/wanted_e2e_test.ts",
  "e2e/powered_off_e2e_test.ts",
  "e2e/guide_e2e_test.ts",
  "e2e/warm_e2e_test.ts",
  "e2e/bad_days_e2e_test.ts",
  "e2e/image_collection_e2e_test.ts",
  "e2e/figures_e2e_test.ts",
  "conformance/ctr_runtime_real_test.ts",
  "programs/images_real_test.ts",
  "adapters/registry_faults_real_test.ts",
  "programs/killed_agent_real_test.ts",
  "adapters/relay/part_faults_real_test.ts",
  "adapters/containerd/faults_real_test.ts",
  "adapters/relay/refusals_real_test.ts",
  "tasks/dev/local_real_test.ts",
  "programs/bad_days_real_test.ts",
  "adapters/containerd/beside_kubelet_real_test.ts",
  "adapters/relay/mirror_faults_real_test.ts",
  "programs/status_real_test.ts",
];

/** The order in which files begin, so that none that takes long is left over at the end. */
export function longestFirst(files: readonly string[]): string[] {
  const rank = (file: string) => {
    const at = LONGEST.findIndex((name) => file.endsWith(name));
    return at >= 0 ? at : LONGEST.length + ["e2e", "real", "pure"].indexOf(kindOf(file));
  };
  return files.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/**
 * Files that wait to be run by several lanes. So many on a cluster run at the same time, as each fills
 * a processor; beside them run others, which mostly wait for something.
 */
export class TestQueue {
  readonly #waiting: string[];
  readonly #mostClusters: number;
  #clusters = 0;

  constructor(files: readonly string[], { mostClusters }: { readonly mostClusters: number }) {
    this.#waiting = longestFirst(files);
    this.#mostClusters = mostClusters;
  }

  /** Takes the next file that may begin; undefined: there is none, or none beside those that run. */
  next(): string | undefined {
    const mayBegin = (file: string) =>
      kindOf(file) !== "e2e" || this.#clusters < this.#mostClusters;
    const at = this.#waiting.findIndex(mayBegin);
    const [file] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (file !== undefined && kindOf(file) === "e2e") this.#clusters++;
    return file;
  }

  /** A file that was taken has run. */
  ended(file: string): void {
    if (kindOf(file) === "e2e") this.#clusters--;
  }
}
