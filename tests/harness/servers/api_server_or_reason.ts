import { obtainTool, ToolUnavailableError } from "../tools/tools.ts";

/** Why tests on a real API server cannot run here; undefined when they can. */
export async function apiServerMissing(): Promise<string | undefined> {
  try {
    await obtainTool("etcd");
    await obtainTool("kube-apiserver");
    return undefined;
  } catch (error) {
    if (error instanceof ToolUnavailableError) return error.message;
    throw error;
  }
}
