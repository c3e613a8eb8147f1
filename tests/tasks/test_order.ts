/** What kind of tests a file holds: its name says so. */
export type TestKind = "pure" | "real" | "e2e";

/** Reads it from the name. */
export function kindOf(file: string): TestKind {
  if (file.endsWith("_e2e_test.ts")) return "e2e";
  return file.endsWith("_real_test.ts") ? "real" : "pure";
}

/**
 * Files that take half a minute or more on two processors, the longest first. `test.ts` prints the
 * slowest in the end: that tells what belongs here.
 */
const LONGEST: readonly string[] = [
  "e2e/wanted_e2e_test.ts",
  "e2e/bad_input_e2e_test.ts",
  "programs/images_real_test.ts",
  "adapters/registry_faults_real_test.ts",
  "adapters/containerd/faults_real_test.ts",
  "conformance/ctr_runtime_real_test.ts",
];

/** The order in which files begin, so that none that takes long is left over at the end. */
export function longestFirst(files: readonly string[]): string[] {
  const rank = (file: string) => {
    const at = LONGEST.findIndex((name) => file.endsWith(name));
    return at >= 0 ? at : LONGEST.length + ["e2e", "real", "pure"].indexOf(kindOf(file));
  };
  return files.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}
