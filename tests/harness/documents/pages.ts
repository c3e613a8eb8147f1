import { REPOSITORY } from "../programs.ts";

/** The pages for people, below the repository. */
export const PAGES = [
  "README.md",
  "chart/README.md",
  "mod/README.md",
  "mod/NODES.md",
  "mod/NEW_NODES.md",
  "mod/PRIVATE_IMAGES.md",
  "mod/WANTED.md",
  "tests/README.md",
  ".github/CONTRIBUTING.md",
  ".github/SECURITY.md",
] as const;

/** Path of a page below the repository. */
export type Page = typeof PAGES[number];

/** How links from pages that are shown elsewhere begin; the path of a file of ours follows. */
export const HOME = "https://github.com/kubernetes-warm-images/kubernetes-warm-images/blob/main/";

/** Text of a page. */
export function readPage(page: Page): Promise<string> {
  return Deno.readTextFile(REPOSITORY + page);
}

/** Lines of a page outside of its blocks of code, with their numbers, counted from 1. */
export function proseOf(markdown: string): { readonly line: string; readonly at: number }[] {
  let inBlock = false;
  return markdown.split("\n").flatMap((line, i) => {
    const isFence = line.startsWith("```");
    if (isFence) inBlock = !inBlock;
    return inBlock || isFence ? [] : [{ line, at: i + 1 }];
  });
}
