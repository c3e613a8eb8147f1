import { stripVTControlCharacters } from "node:util";

/** What one `deno test` said in the end. Steps are not counted, tests are. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were ignored. */
  readonly skips: readonly string[];
  /** Names of the tests that failed; without those of files that could not even begin. */
  readonly failures: readonly string[];
  /** What `deno test` says of the failures, at most `MOST_LINES` of it; empty without any. */
  readonly errors: string;
}

/** Of what one `deno test` says of its failures: who reads the end of a long log finds the reason there. */
const MOST_LINES = 60;

/** The reason a skipped test gives in its name: `starts containerd [skipped: not root]`. */
const REASON = /\[skipped: (.+?)\]/;

/**
 * Reads the closing line and the names of ignored tests out of what `deno test` printed. Undefined
 * when there is no closing line, or when it counts other skips than the lines above it name.
 */
export function readTestOutput(output: string): TestCounts | undefined {
  const lines = stripVTControlCharacters(output).split("\n");
  const closing = lines.map((line) => CLOSING.exec(line)).findLast((match) => match !== null);
  if (!closing) return undefined;
  const named = (outcome: string) =>
    lines.flatMap((line) => {
      const [, name, how] = TEST.exec(line) ?? [];
      return name === undefined || how !== outcome || isStep(name) ? [] : [name];
    });
  const skips = named("ignored");
  const [passed, failed, ignored] = closing.slice(1).map((count) => Number(count ?? 0));
  if (ignored !== skips.length) return undefined;
  return {
    passed: passed ?? 0,
    failed: failed ?? 0,
    skips,
    failures: named("FAILED"),
    errors: errorsOf(lines),
  };
}

/** The part between the headings ERRORS and FAILURES. */
function errorsOf(lines: readonly string[]): string {
  const begin = lines.findLastIndex((line) => line.trim() === "ERRORS");
  const end = lines.findLastIndex((line) => line.trim() === "FAILURES");
  if (begin < 0) return "";
  const errors = lines.slice(begin + 1, end < begin ? undefined : end).join("\n").trim().split(
    "\n",
  );
  const cut = errors.length > MOST_LINES ? [`… ${errors.length - MOST_LINES} more lines`] : [];
  return [...errors.slice(0, MOST_LINES), ...cut].join("\n");
}

/** Tells why a test was skipped; undefined when its name does not. */
export function skipReason(name: string): string | undefined {
  return REASON.exec(name)?.[1];
}

/** `ok | 8 passed (3 steps) | 0 failed | 1 ignored (2 steps) | 4 filtered out (15ms)` */
const CLOSING =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?.*\)$/;

/** `name ... ignored (0ms)` or `FAILED`; with --parallel the file stands in front of it. */
const TEST = /^(?:\S+_test\.ts => )?(\S.*) \.\.\. (ignored|FAILED) \(.+\)$/;

/** Steps are indented, or with --parallel stand behind their test: `test ... step ... ignored`. */
function isStep(name: string): boolean {
  return name.includes(" ... ");
}
