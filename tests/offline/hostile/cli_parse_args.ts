// Hostile types of `@std/cli/parse-args`; see nothing.ts.
import type { Nothing } from "./nothing.ts";

export interface ParseOptions {
  boolean?: string | readonly string[];
  collect?: string | readonly string[];
  string?: string | readonly string[];
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export type Args = Record<string, Nothing>;

export declare function parseArgs(args: readonly string[], options?: ParseOptions): Args;
