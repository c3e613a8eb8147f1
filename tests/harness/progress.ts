import { printProgress } from "./print.ts";

/** Tells the person who waits what is being obtained; standard output stays free for results. */
export function progress(line: string): void {
  printProgress(`tools: ${line}`);
}
