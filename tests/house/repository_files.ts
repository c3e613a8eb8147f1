import { REPOSITORY } from "../harness/programs.ts";

/** What may lie in the repository's folder without being part of it. */
const FOREIGN = new Set([".git", "dist", "coverage", "node_modules"]);

/** Paths of all files of the repository. */
export async function repositoryFiles(folder = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(REPOSITORY + folder)) {
    if (FOREIGN.has(name)) continue;
    if (isDirectory) files.push(...await repositoryFiles(`${folder}${name}/`));
    else files.push(folder + name);
  }
  return files;
}
