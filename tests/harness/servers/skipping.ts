import { containerdNeedsRoot } from "./containerd.ts";
import { obtainTool, type ToolName, ToolUnavailableError } from "../tools/tools.ts";

/**
 * Why a test that needs these parts cannot run here, or `undefined` when it can; tools that are
 * missing are obtained first. Await it before registering the tests.
 */
export async function reasonToSkip(
  ...needs: readonly (ToolName | "root")[]
): Promise<string | undefined> {
  for (const need of needs) {
    if (need === "root") {
      const reason = containerdNeedsRoot();
      if (reason !== undefined) return reason;
      continue;
    }
    try {
      await obtainTool(need);
    } catch (error) {
      if (error instanceof ToolUnavailableError) return error.message;
      throw error;
    }
  }
  return undefined;
}

/** Registers a test on real parts, or skips it loudly: the reason joins its name. */
export function realTest(
  name: string,
  reason: string | undefined,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  if (reason === undefined) Deno.test({ name, fn: (t) => fn(t).catch(throwWhole) });
  else Deno.test({ name: `${name} [skipped: ${reason}]`, ignore: true, fn });
}

/** Tells what failed first too, where cleaning up after it failed as well: Deno keeps it to itself. */
function throwWhole(error: unknown): never {
  if (!(error instanceof SuppressedError)) throw error;
  const [first, then] = [error.suppressed, error.error].map((each) =>
    each instanceof Error ? each.stack ?? each.message : String(each)
  );
  throw new Error(`${first}\nCleaning up after this failed as well: ${then}`, { cause: error });
}
